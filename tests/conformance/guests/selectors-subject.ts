/** The class under test. */
import { EpollSelector, PollSelector, SelectSelector, Selector } from "../../../assembly/index";

export const SELECT: i32 = 0;
export const POLL: i32 = 1;
export const EPOLL: i32 = 2;

export let kind: i32 = SELECT;

export function choose(chosen: i32): void {
  kind = chosen;
}

export function open<T>(): Selector<T> {
  if (kind == SELECT) return new SelectSelector<T>();
  if (kind == POLL) return new PollSelector<T>();
  return new EpollSelector<T>();
}

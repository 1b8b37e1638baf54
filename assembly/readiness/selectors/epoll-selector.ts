/** A selector over epoll, level-triggered: a wait costs what is ready, whatever is registered. */
import { EPOLL_EVENT_DATA, EPOLL_EVENT_EVENTS, EPOLL_EVENT_SIZE } from "../../memory/layout";
import { close, create, ctl, endBatches, wait } from "../epoll";
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../events";
import { FileObject, ReadyKeys, SelectorKey } from "./key";
import { bitsOf, eventsOf, Selector } from "./selector";

const FIRST_ROOM: i32 = 64;

export class EpollSelector<T> extends Selector<T> implements FileObject {
  private epoll: i32 = create();
  private events: usize = heap.alloc(FIRST_ROOM * EPOLL_EVENT_SIZE);
  /** How many events there is room for. */
  private room: i32 = FIRST_ROOM;

  /** The instance's own descriptor: another selector over epoll can watch it. */
  fileno(): i32 {
    return this.epoll;
  }

  protected watch(key: SelectorKey<T>): i32 {
    return this.ctl(EPOLL_CTL_ADD, key, key.events);
  }

  protected rewatch(key: SelectorKey<T>, events: i32): i32 {
    return this.ctl(EPOLL_CTL_MOD, key, events);
  }

  /** A descriptor that was closed is not watched any more: nothing to be done. */
  protected unwatch(key: SelectorKey<T>, _last: i32): void {
    this.ctl(EPOLL_CTL_DEL, key, 0);
  }

  private ctl(op: i32, key: SelectorKey<T>, events: i32): i32 {
    return ctl(this.epoll, op, key.fd, bitsOf(events), <u64>changetype<usize>(key));
  }

  protected wait(ready: ReadyKeys<T>, most: i32): i32 {
    if (this.keys.length > this.room) this.grow();
    const count = wait(this.epoll, this.events, this.room, most);
    let event = this.events;
    for (let index = 0; index < count; index++, event += EPOLL_EVENT_SIZE) {
      const key = changetype<SelectorKey<T>>(<usize>load<u64>(event, EPOLL_EVENT_DATA));
      ready.add(key, eventsOf(load<u32>(event, EPOLL_EVENT_EVENTS)));
    }
    return count;
  }

  private grow(): void {
    endBatches(this.events);
    heap.free(this.events);
    while (this.room < this.keys.length) this.room <<= 1;
    this.events = heap.alloc(<usize>this.room * EPOLL_EVENT_SIZE);
  }

  protected release(): void {
    close(this.epoll);
    heap.free(this.events);
    this.epoll = -1;
  }
}

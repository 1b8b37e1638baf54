/** select(2) for TypeScript, as Python's `select.select`: three lists in, three lists out. */
import type { Core } from "./core.ts";
import { FdSets, type Members } from "./fd-sets.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/** Of each list those that are ready, in the list's order. */
export type SelectReady<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

/**
 * Waits until one of the descriptors is readable, writable, or has urgent data or an error; at most `timeout` milliseconds
 * (-1, Infinity or nothing: for ever). Returns the ready ones of each list, in its order. The thread sleeps.
 * Throws EINVAL for a descriptor at or above the limit (`setFdSetSize`), EBADF for one that is not open.
 */
export function selectSync<R extends Fileno, W extends Fileno, X extends Fileno>(
  core: Core,
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout = -1,
): SelectReady<R, W, X> {
  const most = milliseconds(timeout, "select");
  const lists = new Lists(core, listOf(rlist), listOf(wlist), listOf(xlist));
  try {
    return lists.select(most);
  } finally {
    lists.free();
  }
}

/** The same, with the event loop free. */
export async function select<R extends Fileno, W extends Fileno, X extends Fileno>(
  core: Core,
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout = -1,
  { signal }: WaitOptions = {},
): Promise<SelectReady<R, W, X>> {
  const most = milliseconds(timeout, "select");
  signal?.throwIfAborted();
  const lists = new Lists(core, [...rlist], [...wlist], [...xlist]);
  try {
    let ready = lists.select(0);
    const attempt = (timeIsUp: boolean): boolean => {
      if (lists.arm()) ready = lists.select(0);
      return ready.some((list) => list.length > 0) || timeIsUp;
    };
    if (most === 0 || ready.some((list) => list.length > 0)) return ready;
    await core.sleepers.sleep(undefined, most < 0 ? Infinity : most, attempt, signal);
    return ready;
  } finally {
    lists.free();
  }
}

/** The caller's three lists, and their descriptors' sets. */
class Lists<R extends Fileno, W extends Fileno, X extends Fileno> {
  readonly #lists: [R[], W[], X[]];
  readonly #fds: [number[], number[], number[]] & Members;
  readonly #core: Core;
  readonly #sets: FdSets;

  constructor(core: Core, rlist: R[], wlist: W[], xlist: X[]) {
    this.#lists = [rlist, wlist, xlist];
    this.#fds = [descriptorsOf(rlist), descriptorsOf(wlist), descriptorsOf(xlist)];
    this.#sets = (core.spareSets as FdSets | undefined) ?? new FdSets(core);
    core.spareSets = undefined;
    this.#core = core;
  }

  select(timeout: number): SelectReady<R, W, X> {
    this.#sets.select(this.#fds, timeout);
    const [readers, writers, exceptional] = this.#fds;
    const [rlist, wlist, xlist] = this.#lists;
    const sets = this.#sets;
    return [sets.left(0, readers, rlist), sets.left(1, writers, wlist), sets.left(2, exceptional, xlist)];
  }

  /** Wakeups for all members, once. Is one ready already? */
  arm(): boolean {
    return this.#sets.arm(this.#fds) > 0;
  }

  free(): void {
    if (this.#core.spareSets === undefined) this.#core.spareSets = this.#sets;
    else this.#sets.free();
  }
}

/** The caller's own array: nobody changes it while the thread is here. */
function listOf<T>(things: Iterable<T>): T[] {
  return Array.isArray(things) ? things : [...things];
}

/** Also which bits a descriptor's number may have. */
const MOST_NUMBER = 0x7fff_ffff;

/** The list itself where it is one of numbers, as it is for who watches thousands. */
function descriptorsOf(list: Fileno[]): number[] {
  for (let index = 0; index < list.length; index++) {
    const target = list[index];
    if (typeof target !== "number" || (target & MOST_NUMBER) !== target) return list.map(selectable);
  }
  return list as number[];
}

function selectable(target: Fileno): number {
  return filenoOf(target, "select");
}

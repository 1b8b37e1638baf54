/** select(2) for TypeScript, as Python's `select.select`: three lists in, three lists out. */
import { checkCore } from "./arguments.ts";
import type { Core } from "./core.ts";
import { FdSets, type Members } from "./fd-sets.ts";
import { type Fileno, filenoOf } from "./fileno.ts";
import { milliseconds, type WaitOptions } from "./timeout.ts";

/** The ready members of each list, in its order. */
export type SelectReady<R, W, X> = [readable: R[], writable: W[], exceptional: X[]];

/**
 * Waits until a descriptor is ready and blocks the thread.
 *
 * @param rlist - descriptors to read
 * @param wlist - descriptors to write
 * @param xlist - descriptors with urgent data
 * @param timeout - milliseconds, rounded up; -1 or Infinity waits for ever, 0 does not wait
 * @returns the ready members of each list, in its order; hangups and errors are readable and writable
 * @throws SystemError EINVAL for a descriptor at or above the limit (`setFdSetSize`); EBADF for a closed one. select(2)
 */
export function selectSync<R extends Fileno, W extends Fileno, X extends Fileno>(
  core: Core,
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout = -1,
): SelectReady<R, W, X> {
  checkCore(core, "select");
  const most = milliseconds(timeout, "select");
  const lists = new Lists(core, listOf(rlist), listOf(wlist), listOf(xlist));
  try {
    return lists.select(most);
  } finally {
    lists.free();
  }
}

/**
 * Same as `selectSync`, with the event loop free.
 *
 * @param options - an `AbortSignal` that ends the wait
 * @returns a promise; rejects with the signal's reason
 * @example
 * const [readable] = await select(core, [listener, socket], [], [], 1000);
 */
export async function select<R extends Fileno, W extends Fileno, X extends Fileno>(
  core: Core,
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout = -1,
  { signal }: WaitOptions = {},
): Promise<SelectReady<R, W, X>> {
  checkCore(core, "select");
  const most = milliseconds(timeout, "select");
  signal?.throwIfAborted();
  const lists = new Lists(core, [...rlist], [...wlist], [...xlist]);
  try {
    let ready = lists.select(0);
    const attempt = (timeIsUp: boolean): boolean => {
      if (core.sleepers.overLevels) ready = lists.select(core.sleepers.patience(timeIsUp));
      else if (lists.arm()) ready = lists.select(0);
      return ready.some((list) => list.length > 0) || timeIsUp;
    };
    if (most === 0 || ready.some((list) => list.length > 0)) return ready;
    await core.sleepers.sleep(undefined, most < 0 ? Infinity : most, attempt, signal);
    return ready;
  } finally {
    lists.free();
  }
}

/** The caller's three lists and the sets of their descriptors. */
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

  /** Arms one wakeup for each member. Returns whether one is ready already. */
  arm(): boolean {
    return this.#sets.arm(this.#fds) > 0;
  }

  free(): void {
    if (this.#core.spareSets === undefined) this.#core.spareSets = this.#sets;
    else this.#sets.free();
  }
}

/** The caller's own array, which cannot change during a blocking call. */
function listOf<T>(things: Iterable<T>): T[] {
  return Array.isArray(things) ? things : [...things];
}

/** Highest descriptor number; also the mask of its bits. */
const MAX_DESCRIPTOR = 0x7fff_ffff;

/** Returns a list of numbers unchanged, because it may have thousands. */
function descriptorsOf(list: Fileno[]): number[] {
  for (let index = 0; index < list.length; index++) {
    const target = list[index];
    if (typeof target !== "number" || (target & MAX_DESCRIPTOR) !== target) return list.map(selectable);
  }
  return list as number[];
}

function selectable(target: Fileno): number {
  return filenoOf(target, "select");
}

/**
 * States that the kernel does not show, so that the engine cannot know them: the only differences that the comparison
 * excuses.
 *
 * The engine gets wakeups from edge-triggered registrations of the kernel, one for each mask. From there:
 *
 * 1. *Order across masks.* Registrations with different masks are different queues, without a common order. Within one
 *    mask the order is compared. If `maxevents` cuts a list with several masks, either choice is right: the rest is
 *    fetched from both sides at once, and all of it is compared.
 * 2. *Place of a void wakeup.* Data came and was read without a call of the engine between; or a wakeup made nothing
 * ready (a shutdown wakes both ends). The kernel drops such a registration silently, whereas its own instance keeps the
 * watch's place for a later wakeup. This affects the order of delivery, not the delivery itself.
 * 3. *The same wakeup, and an edge-triggered watch on an instance.* It fires if that instance is ready for another
 * reason. If the kernel delivers such an event and the engine does not, the sequence ends, because later events depend
 * on it.
 *
 * Everything else is compared, except the differences of two networks (`two-networks.ts`).
 */
import type { Delivered } from "../linux/epoll.ts";
import type { Watch, Watches } from "./watches.ts";

type Events = readonly Delivered[];

/** The rest of this sequence shows nothing more. */
export class EndOfSequence extends Error {}

export class Unobservable {
  readonly #watches: Watches;
  readonly #readiness: (stream: string, events: number) => number;
  /** Streams through which bytes went since the engine's last look. */
  readonly #touched = new Set<string>();
  /** The number of excuses: cut lists, and events without an order. */
  readonly counts = { cuts: 0, unordered: 0, ended: 0 };

  constructor(watches: Watches, readiness: (stream: string, events: number) => number) {
    this.#watches = watches;
    this.#readiness = readiness;
  }

  /** Bytes went through these streams. */
  touch(streams: Iterable<string>): void {
    for (const stream of streams) this.#touched.add(stream);
  }

  /** Case 2: the engine will look; a touched stream that is not ready now may have been ready. */
  beforeLook(): void {
    for (const stream of this.#touched) {
      for (const watch of this.#watches.on(stream)) {
        if ((this.#readiness(stream, watch.interest) & watch.interest) === 0) this.#lose(watch);
      }
    }
  }

  /** One call may have woken these, and each of two networks in its own order. */
  disordered(streams: Iterable<string>): void {
    for (const stream of streams) for (const watch of this.#watches.on(stream)) this.#lose(watch);
  }

  /** The engine has looked. */
  looked(): void {
    this.#touched.clear();
  }

  /** Case 1: a watch that changes its mask keeps its place among watches woken under another one. */
  remasked(watch: Watch): void {
    this.#lose(watch);
  }

  /** `mayFire`: an edge-triggered watch on an instance, or a watch on such an instance. */
  #lose(watch: Watch, mayFire = false): void {
    watch.placeUnknown = true;
    watch.mayFire ||= mayFire;
    for (const outer of this.#watches.on(watch.epoll)) this.#lose(outer, mayFire || outer.edge);
  }

  /** Case 3, of a poll that found another readiness of an instance: throws `EndOfSequence` if that is possible. */
  differs(epolls: readonly string[]): void {
    if (!epolls.some((epoll) => this.#mayFireIn(epoll))) return;
    this.counts.ended++;
    throw new EndOfSequence();
  }

  #mayFireIn(epoll: string): boolean {
    for (const watch of this.#watches.in(epoll)) {
      if (watch.mayFire || (watch.nested && this.#mayFireIn(watch.target))) return true;
    }
    return false;
  }

  /**
   * Case 2 again: a poll takes watches off an instance's list until it finds a ready one, so the order decides which.
   * So the places of the others are unknown.
   */
  polled(epolls: readonly string[]): void {
    for (const epoll of epolls) {
      for (const watch of this.#watches.in(epoll)) {
        if (watch.nested) this.polled([watch.target]);
        if (watch.nested || (this.#readiness(watch.target, watch.interest) & watch.interest) === 0) {
          watch.placeUnknown = true;
        }
      }
    }
  }

  /**
   * Compares the deliveries of one wait. `rest` waits again, on both sides, for everything. Returns the difference;
   * throws `EndOfSequence` in case 3.
   */
  difference(epoll: string, expected: Events, actual: Events, most: number, rest: () => [Events, Events]): string {
    const found = this.#difference(epoll, expected, actual, most, rest);
    if (found === "" || !this.#isCase3(epoll, expected, actual, most)) return found;
    this.counts.ended++;
    throw new EndOfSequence();
  }

  #difference(epoll: string, expected: Events, actual: Events, most: number, rest: () => [Events, Events]): string {
    if (expected.length !== actual.length) return "how many";
    const places = orders(expected, actual, this.#classes(epoll));
    if (sameEvents(expected, actual)) {
      if (!places.same) return "order";
      if (expected.length < most) this.#settle(epoll, expected);
      this.counts.unordered += places.unordered;
      return "";
    }
    if (expected.length < most) return "which";
    if (!places.prefix) return "order under maxevents";
    return this.#afterCut(epoll, expected, actual, rest());
  }

  /** Except for watches that may have fired unseen, both have delivered the same; a cut list does not show that. */
  #isCase3(epoll: string, expected: Events, actual: Events, most: number): boolean {
    const unseen = new Set<bigint>();
    for (const watch of this.#watches.in(epoll)) if (watch.mayFire) unseen.add(watch.data);
    if (unseen.size === 0) return false;
    if (expected.length === most) return true;
    const seen = expected.filter((event) => !unseen.has(event.data) || has(actual, event));
    return sameEvents(seen, actual);
  }

  /** Case 1, cut by maxevents: the total deliveries of both must be equal. */
  #afterCut(epoll: string, expected: Events, actual: Events, [expectedRest, actualRest]: [Events, Events]): string {
    this.counts.cuts++;
    const stays = new Set<bigint>();
    for (const watch of this.#watches.in(epoll)) {
      if (!watch.stays) continue;
      stays.add(watch.data);
      this.#lose(watch);
    }
    const once = (events: Events, more: Events) => [...events.filter(({ data }) => !stays.has(data)), ...more];
    if (!sameEvents(once(expected, expectedRest), once(actual, actualRest))) return "which, after maxevents";
    const known = (events: Events, more: Events) => events.every((event) => !stays.has(event.data) || has(more, event));
    return known(expected, expectedRest) && known(actual, actualRest) ? "" : "which, again after maxevents";
  }

  /** A complete wait: a watch that was not delivered, or will not be again, has left the list on both sides. */
  #settle(epoll: string, delivered: Events): void {
    for (const watch of this.#watches.in(epoll)) {
      if (watch.placeUnknown && !(watch.stays && delivered.some(({ data }) => data === watch.data))) {
        watch.placeUnknown = watch.mayFire = false;
      }
    }
  }

  /** By user data, the queue in which a watch has its place; none where its place cannot be told. */
  #classes(epoll: string): Map<bigint, number> {
    const { masks } = this.#watches;
    const only = masks.size === 1 ? [...masks][0] : undefined;
    const classes = new Map<bigint, number>();
    for (const watch of this.#watches.in(epoll)) {
      const place = watch.nested ? only : watch.mask;
      if (place !== undefined && !watch.placeUnknown) classes.set(watch.data, place);
    }
    return classes;
  }
}

/** Whether the events of each class have the same order. `prefix`: up to the length of the shorter list. */
function orders(expected: Events, actual: Events, classes: Map<bigint, number>) {
  let same = true;
  let prefix = true;
  const ordered = (events: Events, place: number) => events.filter(({ data }) => classes.get(data) === place);
  for (const place of new Set(classes.values())) {
    const [those, these] = [ordered(expected, place), ordered(actual, place)];
    if (those.length !== these.length) same = false;
    for (let index = 0; index < Math.min(those.length, these.length); index++) {
      if (those[index].data !== these[index].data) same = prefix = false;
    }
  }
  return { same, prefix, unordered: expected.filter(({ data }) => !classes.has(data)).length };
}

function has(events: Events, event: Delivered): boolean {
  return events.some(({ events, data }) => events === event.events && data === event.data);
}

/** The same events, in any order. No watch is twice among them. */
function sameEvents(first: Events, second: Events): boolean {
  return first.length === second.length && first.every((event) => has(second, event));
}

/**
 * Queues of wakeups that behave like one edge-triggered epoll instance for each mask. A wakeup that passes the mask's filter
 * appends its (key, mask) once. `take` checks the readiness, and drops the entries that are not ready.
 */
import { WAKEUP_FD, WAKEUP_MASK, WAKEUP_READY, WAKEUP_SIZE } from "../../../assembly/abi/ready-file.ts";
import { Errno } from "../../abi/errno.ts";
import type { EdgeQueue } from "../contract/driver.ts";
import { always, type Endpoint, type Waker } from "./endpoint.ts";
import type { Handles } from "./handles.ts";
import type { Sleep } from "./sleep.ts";

/** The number of masks that keep their queues while nothing is armed for them. */
const MAX_KEPT = 64;

/** One (endpoint, key) armed for one mask: in its endpoint's list of wakers, and sometimes in the queue. */
class Armed implements Waker {
  readonly queue: MaskQueue;
  readonly endpoint: Endpoint;
  readonly key: number;
  next: Waker | null = null;
  queued = false;
  before: Armed | null = null;
  after: Armed | null = null;

  constructor(queue: MaskQueue, endpoint: Endpoint, key: number) {
    this.queue = queue;
    this.endpoint = endpoint;
    this.key = key;
  }

  get filter(): number {
    return this.queue.filter;
  }

  wake(): void {
    if (!this.queued) this.queue.append(this);
  }

  end(): void {
    this.queue.strike(this);
    this.queue.leave();
  }

  /** 0 if the wakeup is void. */
  get readiness(): number {
    return this.endpoint.level() & this.queue.filter;
  }
}

class MaskQueue {
  readonly edges: EndpointEdges;
  readonly mask: number;
  readonly filter: number;
  first: Armed | null = null;
  last: Armed | null = null;
  /** The number of endpoints armed for it. */
  armed = 0;

  constructor(edges: EndpointEdges, mask: number) {
    this.edges = edges;
    this.mask = mask;
    this.filter = always(mask);
  }

  leave(): void {
    if (--this.armed === 0) this.edges.drop(this);
  }

  append(armed: Armed): void {
    armed.queued = true;
    armed.before = this.last;
    if (this.last === null) this.first = armed;
    else this.last.after = armed;
    this.last = armed;
  }

  strike(armed: Armed): void {
    if (!armed.queued) return;
    if (armed.before === null) this.first = armed.after;
    else armed.before.after = armed.after;
    if (armed.after === null) this.last = armed.before;
    else armed.after.before = armed.before;
    armed.before = armed.after = null;
    armed.queued = false;
  }

  /** The oldest entry that is still ready; earlier ones are dropped. */
  get head(): Armed | null {
    while (this.first !== null && this.first.readiness === 0) this.strike(this.first);
    return this.first;
  }
}

export class EndpointEdges implements EdgeQueue {
  readonly #handles: Handles;
  readonly #sleep: Sleep;
  readonly #queues: MaskQueue[] = [];

  constructor(handles: Handles, sleep: Sleep) {
    this.#handles = handles;
    this.#sleep = sleep;
  }

  arm(handle: number, mask: number, key: number): number {
    const endpoint = this.#handles.get(handle);
    if (endpoint === undefined) return -Errno.BADF;
    const queue = this.#queueOf(mask);
    for (let waker = endpoint.wakers; waker !== null; waker = waker.next) {
      if (waker instanceof Armed && waker.queue === queue && waker.key === key) return 0;
    }
    const armed = new Armed(queue, endpoint, key);
    armed.next = endpoint.wakers;
    endpoint.wakers = armed;
    queue.armed++;
    // As in the kernel, a look at a full send buffer asks for a wakeup when it has space.
    endpoint.level();
    return 0;
  }

  #queueOf(mask: number): MaskQueue {
    for (const queue of this.#queues) if (queue.mask === mask) return queue;
    const queue = new MaskQueue(this, mask);
    this.#queues.push(queue);
    return queue;
  }

  /** Nothing is armed for a mask any more. A few queues are kept, because masks return. */
  drop(queue: MaskQueue): void {
    if (this.#queues.length > MAX_KEPT) this.#queues.splice(this.#queues.indexOf(queue), 1);
  }

  disarm(handle: number, mask: number, key: number): void {
    const endpoint = this.#handles.get(handle);
    if (endpoint !== undefined) this.#strike(endpoint, (armed) => armed.queue.mask === mask && armed.key === key);
  }

  forget(handle: number, key: number): void {
    const endpoint = this.#handles.get(handle);
    if (endpoint !== undefined) this.#strike(endpoint, (armed) => armed.key === key);
  }

  /** Removes the registrations that are `meant` from the endpoint's list and from their queues. */
  #strike(endpoint: Endpoint, meant: (armed: Armed) => boolean): void {
    let before: Waker | null = null;
    for (let waker = endpoint.wakers; waker !== null; waker = waker.next) {
      if (!(waker instanceof Armed) || waker.queue.edges !== this || !meant(waker)) {
        before = waker;
        continue;
      }
      waker.end();
      if (before === null) endpoint.wakers = waker.next;
      else before.next = waker.next;
    }
  }

  /** Whether a wakeup is queued. */
  get pending(): boolean {
    for (const queue of this.#queues) if (queue.head !== null) return true;
    return false;
  }

  take(view: DataView, offset: number, room: number): number {
    this.#sleep.update();
    const end = offset + room * WAKEUP_SIZE;
    let at = offset;
    for (const queue of this.#queues) {
      for (let armed = queue.first; armed !== null && at < end; armed = queue.first) {
        queue.strike(armed);
        const { readiness } = armed;
        if (readiness === 0) continue;
        view.setUint32(at + WAKEUP_FD, armed.key, true);
        view.setUint16(at + WAKEUP_MASK, queue.mask, true);
        view.setUint16(at + WAKEUP_READY, readiness, true);
        at += WAKEUP_SIZE;
      }
    }
    return (at - offset) / WAKEUP_SIZE;
  }

  park(timeout: number): number {
    const deadline = this.#sleep.deadline(timeout);
    this.#sleep.update();
    do {
      if (this.pending) return 1;
      if (timeout === 0) this.#sleep.onWouldBlock();
    } while (timeout > 0 && this.#sleep.step(deadline));
    return 0;
  }

  close(): void {
    for (const endpoint of this.#handles.open()) this.#strike(endpoint, () => true);
    this.#queues.length = 0;
  }
}

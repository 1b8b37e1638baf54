/** The guest's side of a ring, played by a test. */
import { expect } from "vitest";
import {
  OP_NOP,
  OPERATION_BUFFER,
  OPERATION_DATA,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_OP,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import {
  COMPLETION_DATA,
  COMPLETION_RESULT,
  COMPLETION_SIZE,
  RING_CAPACITY,
  RING_COMPLETION_HEAD,
  RING_COMPLETION_TAIL,
  RING_SUBMISSION_HEAD,
  RING_SUBMISSION_TAIL,
  RING_SUBMISSIONS,
} from "../../assembly/abi/ring.ts";
import { BUFFER, type Step, SteppedGuest } from "./stepped-guest.ts";

/** Runs steps with a ring of this capacity, over this driver; `make` makes the steps. */
export async function ringed(
  driver: string,
  capacity: number,
  make: (ring: GuestRing, guest: SteppedGuest) => Step[],
  options: { start?: number } = {},
): Promise<void> {
  using guest = await SteppedGuest.open({}, driver);
  const ring = new GuestRing(guest, capacity, options);
  expect(guest.run(make(ring, guest), ring.exports)).toBe(0);
}

/** A step with this action and `result`. */
export const does = (action: () => unknown, result = 0): Step => {
  return () => {
    action();
    return result;
  };
};

export interface Submission {
  op: number;
  fd?: number;
  buffer?: number;
  length?: number;
  data?: bigint;
}

/** The guest's side of a ring in its memory. */
export class GuestRing {
  readonly #guest: SteppedGuest;
  readonly address: number;
  readonly capacity: number;

  /** `start`: the first value of all counters. */
  constructor(guest: SteppedGuest, capacity: number, { address = 0x10000, start = 0 } = {}) {
    this.#guest = guest;
    this.address = address;
    this.capacity = capacity;
    this.set(RING_CAPACITY, capacity);
    for (let field = RING_SUBMISSION_HEAD; field <= RING_COMPLETION_TAIL; field += 4) this.set(field, start);
  }

  /** The module's exports. */
  get exports() {
    return { pollux_ring: () => this.address };
  }

  get(field: number): number {
    return this.#guest.view.getUint32(this.address + field, true);
  }

  set(field: number, value: number): void {
    this.#guest.view.setUint32(this.address + field, value, true);
  }

  /** The number of submissions that the host has not taken. */
  get submitted(): number {
    return (this.get(RING_SUBMISSION_TAIL) - this.get(RING_SUBMISSION_HEAD)) >>> 0;
  }

  submit({ op, fd = 0, buffer = BUFFER, length = 0, data = 0n }: Submission): void {
    if (this.submitted === this.capacity) throw new Error("the ring is full");
    const tail = this.get(RING_SUBMISSION_TAIL);
    const at = this.address + RING_SUBMISSIONS + (tail & (this.capacity - 1)) * OPERATION_SIZE;
    const { view } = this.#guest;
    view.setUint32(at + OPERATION_OP, op, true);
    view.setUint32(at + OPERATION_FD, fd, true);
    view.setUint32(at + OPERATION_BUFFER, buffer, true);
    view.setUint32(at + OPERATION_LENGTH, length, true);
    view.setBigUint64(at + OPERATION_DATA, data, true);
    this.set(RING_SUBMISSION_TAIL, tail + 1);
  }

  /** That many submissions of nothing, with the user data `from`, `from` + 1... */
  submitNothing(count: number, from = 0n): void {
    for (let index = 0; index < count; index++) this.submit({ op: OP_NOP, data: from + BigInt(index) });
  }

  /** Takes all completions: [user data, result]. */
  take(): [bigint, number][] {
    const taken: [bigint, number][] = [];
    let head = this.get(RING_COMPLETION_HEAD);
    for (; head !== this.get(RING_COMPLETION_TAIL); head = (head + 1) >>> 0) {
      const completions = this.address + RING_SUBMISSIONS + this.capacity * OPERATION_SIZE;
      const at = completions + (head & (this.capacity - 1)) * COMPLETION_SIZE;
      const { view } = this.#guest;
      taken.push([view.getBigUint64(at + COMPLETION_DATA, true), view.getInt32(at + COMPLETION_RESULT, true)]);
    }
    this.set(RING_COMPLETION_HEAD, head);
    return taken;
  }
}

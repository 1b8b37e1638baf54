/**
 * A call of poll_oneoff that sleeps over an array of `struct pollfd`, which a subscription to the ready file names
 * (assembly/abi/ready-file.ts): poll(2), and the driver's sleep is the only one.
 */

import { EVENT_POLLFDS, SUBSCRIPTION_POLLFDS, SUBSCRIPTION_POLLFDS_LENGTH } from "../../../assembly/abi/ready-file.ts";
import {
  CLOCK,
  CLOCK_MONOTONIC,
  EVENT_SIZE,
  FD_READ,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_CLOCK_ABSTIME,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
} from "../../../assembly/abi/wasi.ts";
import type { EdgeQueue } from "../../drivers/contract/driver.ts";
import { pollfds } from "../../drivers/contract/pollfd.ts";
import { monotonicNanoseconds } from "../../drivers/contract/time.ts";
import type { Descriptor } from "../../kernel/descriptors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { look } from "../../waiting/look.ts";
import { Wait } from "../../waiting/wait.ts";
import type { Looks } from "../ready-file/looks.ts";
import type { ReadyFile } from "../ready-file/ready-file.ts";
import { writeBytes, writeEvent } from "./events.ts";

const none = pollfds(0);

/** A finished wait is used again, so waiting allocates nothing. */
export class ListWait extends Wait {
  fds = none;
  count = 0;
  deadline = Infinity;
  override edges: EdgeQueue | undefined = undefined;
  override readonly looked = false;
  readonly #kernel: Kernel;
  readonly #spare: ListWait[];
  #looks: Looks | undefined;
  /** The clock's subscription; -1 without one. */
  #clock = -1;
  /** The subscription to the ready file. */
  #list = 0;
  #output = 0;
  #result = 0;

  constructor(kernel: Kernel, spare: ListWait[]) {
    super();
    this.#kernel = kernel;
    this.#spare = spare;
  }

  /** An errno, or this if the call must wait; -1 if the call is not of this kind. */
  run(input: number, output: number, count: number, result: number): number | Wait {
    const { descriptors, memory, driver } = this.#kernel;
    memory.refresh();
    if (!memory.holds(input, count * SUBSCRIPTION_SIZE)) return -1;
    if (!memory.holds(output, count * EVENT_SIZE) || !memory.holds(result, 4)) return -1;
    const { view } = memory;
    const list = input + (count - 1) * SUBSCRIPTION_SIZE;
    const length = view.getUint32(list + SUBSCRIPTION_POLLFDS_LENGTH, true);
    const pointer = view.getUint32(list + SUBSCRIPTION_POLLFDS, true);
    if (view.getUint8(list + SUBSCRIPTION_TAG) !== FD_READ || pointer === 0 || !memory.holds(pointer, length))
      return -1;
    const file = descriptors.get(view.getUint32(list + SUBSCRIPTION_FD, true));
    if (file?.kind !== "ready" || (count === 2 && !isRelativeClock(view, input))) return -1;
    this.#looks ??= (file as Descriptor as ReadyFile).looks();
    const looks = this.#looks;
    if (looks.read(pointer, length) < 0) return -1;
    this.fds = looks.fds;
    this.count = looks.count;
    this.edges = looks.wakeups;
    this.deadline = count === 2 ? monotonicNanoseconds(driver) + memory.u64(input + SUBSCRIPTION_TIMEOUT) : Infinity;
    this.#clock = count === 2 ? input : -1;
    this.#list = list;
    this.#output = output;
    this.#result = result;
    if (!looks.odd) return this;
    // Entries that the driver does not poll may be ready.
    const ready = look(driver, this);
    if (ready < 0) return -ready;
    const found = looks.answer(ready);
    return found > 0 ? this.#end(found) : this;
  }

  resume(ready: number): number | Wait {
    if (ready < 0) return -ready;
    this.#kernel.memory.refresh();
    const found = this.#looks!.answer(ready);
    // Nothing may be ready any more after a wakeup.
    return found === 0 && ready > 0 ? this : this.#end(found);
  }

  /** Writes the event of the array, or that of the clock if nothing was found. */
  #end(found: number): number {
    const { view } = this.#kernel.memory;
    const output = this.#output;
    if (found > 0) writeEvent(view, this.#list, output, 0, FD_READ);
    else if (this.#clock >= 0) writeEvent(view, this.#clock, output, 0, CLOCK);
    writeBytes(view, output, 0);
    view.setUint32(output + EVENT_POLLFDS, found, true);
    view.setUint32(this.#result, found > 0 || this.#clock >= 0 ? 1 : 0, true);
    return 0;
  }

  override release(): void {
    this.edges = undefined;
    this.#spare.push(this);
  }
}

function isRelativeClock(view: DataView, at: number): boolean {
  return (
    view.getUint8(at + SUBSCRIPTION_TAG) === CLOCK &&
    view.getUint32(at + SUBSCRIPTION_CLOCK, true) === CLOCK_MONOTONIC &&
    (view.getUint16(at + SUBSCRIPTION_FLAGS, true) & SUBSCRIPTION_CLOCK_ABSTIME) === 0
  );
}

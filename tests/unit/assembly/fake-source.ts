/**
 * A source of wakeups in memory: a ready file without sockets, without a host and without time that passes. Tests set what is
 * ready, and plan what happens while the guest sleeps.
 */

import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../../../assembly/abi/epoll.ts";
import { EAGAIN, EBADF } from "../../../assembly/abi/errno.ts";
import { ALWAYS, POLLNVAL, READABLE, WRITABLE } from "../../../assembly/abi/events.ts";
import {
  OP_ARM,
  OP_LOOK,
  OP_STOP,
  OP_VERSION,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_MASK,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../../assembly/abi/operation.ts";
import {
  READY_FILE,
  SUBSCRIPTION_WAKEUPS,
  SUBSCRIPTION_WAKEUPS_LENGTH,
  WAKEUP_FD,
  WAKEUP_MASK,
  WAKEUP_READY,
  WAKEUP_SIZE,
} from "../../../assembly/abi/ready-file.ts";
import { ABI_VERSION } from "../../../assembly/abi/version.ts";
import {
  CLOCK,
  EVENT_ERROR,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  FD_READ,
  FDSTAT_FILETYPE,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../../assembly/abi/wasi.ts";

const REGULAR_FILE = 4;
const SOCKET_STREAM = 6;
const EPERM = 63;
/** More calls than this in one test mean that the engine spins. */
const MOST_CALLS = 5_000;

interface Descriptor {
  readiness: number;
  readonly isFile: boolean;
  readonly masks: Set<number>;
}

interface Wakeup {
  readonly fd: number;
  readonly mask: number;
  readiness: number;
}

type Call = "look" | "arm" | "read" | "sleep" | "clock";

export class FakeSource {
  /** Of the guest, once there is an instance. */
  memory = new WebAssembly.Memory({ initial: 1 });
  /** Nanoseconds. It advances only while the guest sleeps. */
  now = 1_000_000_000;
  /** Calls so far, by what they ask for; looks count descriptors. */
  readonly calls: Record<Call | "descriptors", number> = {
    look: 0,
    arm: 0,
    read: 0,
    sleep: 0,
    clock: 0,
    descriptors: 0,
  };
  /** Errors that the next calls return, in place of an answer. */
  readonly errors: Partial<Record<Call, number>> = {};
  /** False for a host without a ready file: wakeups are made from levels. */
  readonly hasReadyFile: boolean;
  readonly #descriptors = new Map<number, Descriptor>();
  readonly #queue: Wakeup[] = [];
  readonly #plans: { readonly at: number; readonly happens: () => void }[] = [];
  #total = 0;

  constructor({ hasReadyFile = true } = {}) {
    this.hasReadyFile = hasReadyFile;
  }

  open(fd: number, readiness = 0, { isFile = false } = {}): number {
    this.#descriptors.set(fd, { readiness, isFile, masks: new Set() });
    return fd;
  }

  /** Changes the readiness without a wakeup, as a read or a write of the guest does. */
  set(fd: number, readiness: number): void {
    this.#of(fd).readiness = readiness;
  }

  /** Makes `bits` ready, and queues a wakeup for each mask that they concern. */
  wake(fd: number, bits: number): void {
    const descriptor = this.#of(fd);
    descriptor.readiness |= bits;
    for (const mask of descriptor.masks) {
      if ((mask & bits) === 0) continue;
      const queued = this.#queue.find((wakeup) => wakeup.fd === fd && wakeup.mask === mask);
      if (queued === undefined) this.#queue.push({ fd, mask, readiness: descriptor.readiness & mask });
      else queued.readiness = descriptor.readiness & mask;
    }
  }

  /** Closes a descriptor, as the system does: its wakeups are gone. The engine is told by its own call. */
  close(fd: number): void {
    this.#descriptors.delete(fd);
    for (let at = this.#queue.length - 1; at >= 0; at--) if (this.#queue[at].fd === fd) this.#queue.splice(at, 1);
  }

  /** Plans what happens after so many milliseconds of sleep. */
  after(milliseconds: number, happens: () => void): void {
    this.#plans.push({ at: this.now + milliseconds * 1e6, happens });
    this.#plans.sort((one, other) => one.at - other.at);
  }

  /** What the guest imports. */
  imports(): WebAssembly.ModuleImports {
    const refuse = (name: string) => () => {
      throw new Error(`the engine calls ${name}, which the fake source does not have`);
    };
    const names = ["args_get", "args_sizes_get", "fd_fdstat_set_flags", "sock_accept", "sock_recv", "sock_send"];
    return {
      ...Object.fromEntries([...names, "sock_shutdown", "proc_exit"].map((name) => [name, refuse(name)])),
      fd_fdstat_get: (fd: number, result: number) => this.#status(fd, result),
      fd_close: (fd: number) => {
        if (!this.#descriptors.has(fd)) return EBADF;
        this.close(fd);
        return 0;
      },
      fd_write: (fd: number, iovs: number, _count: number, result: number) => {
        if (fd !== READY_FILE) throw new Error("the engine writes to another file than the ready file");
        const [buffer, length] = [this.#u32(iovs), this.#u32(iovs + 4)];
        for (let at = buffer; at < buffer + length; at += OPERATION_SIZE) {
          this.#view().setInt32(at + OPERATION_RESULT, this.#operate(at), true);
        }
        this.#view().setUint32(result, length, true);
        return 0;
      },
      fd_read: (_fd: number, iovs: number, _count: number, result: number) => {
        const error = this.#count("read");
        if (error !== 0) return error;
        const length = this.#deliver(this.#u32(iovs), this.#u32(iovs + 4));
        this.#view().setUint32(result, length, true);
        return length === 0 ? EAGAIN : 0;
      },
      poll_oneoff: (input: number, output: number, count: number, result: number) => {
        const error = this.#count("sleep");
        if (error !== 0) return error;
        this.#view().setUint32(result, this.#sleep(input, output, count), true);
        return 0;
      },
      clock_time_get: (_id: number, _precision: bigint, result: number) => {
        const error = this.#count("clock");
        if (error !== 0) return error;
        this.#view().setBigUint64(result, BigInt(this.now), true);
        return 0;
      },
    };
  }

  #of(fd: number): Descriptor {
    const descriptor = this.#descriptors.get(fd);
    if (descriptor === undefined) throw new Error(`the test uses descriptor ${fd}, which is not open`);
    return descriptor;
  }

  #view(): DataView {
    return new DataView(this.memory.buffer);
  }

  #u32(at: number): number {
    return this.#view().getUint32(at, true);
  }

  /** Returns the error that a test wants of this call, once. */
  #count(call: Call): number {
    if (++this.#total > MOST_CALLS) throw new Error("the engine spins");
    this.calls[call]++;
    const error = this.errors[call] ?? 0;
    delete this.errors[call];
    return error;
  }

  #status(fd: number, result: number): number {
    const descriptor = this.#descriptors.get(fd);
    if (descriptor === undefined && !(fd === READY_FILE && this.hasReadyFile)) return EBADF;
    this.#view().setUint8(result + FDSTAT_FILETYPE, descriptor?.isFile === true ? REGULAR_FILE : SOCKET_STREAM);
    return 0;
  }

  /** The result of one operation. */
  #operate(at: number): number {
    const [op, fd, mask] = [OPERATION_OP, OPERATION_FD, OPERATION_MASK].map((field) => this.#u32(at + field));
    if (op === OP_VERSION) return ABI_VERSION;
    if (op === OP_LOOK) return this.#look(this.#u32(at + OPERATION_BUFFER), this.#u32(at + OPERATION_LENGTH));
    if (op !== OP_ARM && op !== OP_STOP) throw new Error(`the engine submits operation ${op}`);
    const error = this.#count("arm");
    if (error !== 0) return -error;
    const descriptor = this.#descriptors.get(fd);
    if (descriptor === undefined) return -EBADF;
    if (descriptor.isFile) return -EPERM;
    if (op === OP_ARM) descriptor.masks.add(mask);
    else descriptor.masks.delete(mask);
    return 0;
  }

  #look(fds: number, length: number): number {
    const error = this.#count("look");
    if (error !== 0) return -error;
    const view = this.#view();
    let ready = 0;
    for (let at = fds; at < fds + length; at += POLLFD_SIZE) {
      const fd = view.getInt32(at + POLLFD_FD, true);
      const events = view.getUint16(at + POLLFD_EVENTS, true);
      if (fd !== READY_FILE) this.calls.descriptors++;
      const revents = this.#readiness(fd) & (events | ALWAYS | POLLNVAL);
      view.setUint16(at + POLLFD_REVENTS, revents, true);
      if (revents !== 0) ready++;
    }
    return ready;
  }

  #readiness(fd: number): number {
    if (fd === READY_FILE) return this.#queue.length > 0 ? READABLE : 0;
    return this.#descriptors.get(fd)?.readiness ?? POLLNVAL;
  }

  /** Moves wakeups to the guest. Returns the bytes written. */
  #deliver(buffer: number, length: number): number {
    const view = this.#view();
    let at = buffer;
    for (; at + WAKEUP_SIZE <= buffer + length && this.#queue.length > 0; at += WAKEUP_SIZE) {
      const { fd, mask, readiness } = this.#queue.shift()!;
      view.setInt32(at + WAKEUP_FD, fd, true);
      view.setUint16(at + WAKEUP_MASK, mask, true);
      view.setUint16(at + WAKEUP_READY, readiness, true);
    }
    return at - buffer;
  }

  /** Lets time pass until a subscription has an event. Returns how many have. */
  #sleep(input: number, output: number, count: number): number {
    let deadline = Infinity;
    for (let index = 0; index < count; index++) {
      const at = input + index * SUBSCRIPTION_SIZE;
      if (this.#view().getUint8(at + SUBSCRIPTION_TAG) !== CLOCK) continue;
      deadline = this.now + Number(this.#view().getBigUint64(at + SUBSCRIPTION_TIMEOUT, true));
    }
    while (true) {
      const events = this.#answer(input, output, count, deadline);
      if (events > 0) return events;
      const next = this.#plans[0];
      if (next === undefined && deadline === Infinity) throw new Error("the engine sleeps for ever");
      if (next === undefined || next.at > deadline) {
        this.now = deadline;
        continue;
      }
      this.#plans.shift();
      this.now = Math.max(this.now, next.at);
      next.happens();
    }
  }

  #answer(input: number, output: number, count: number, deadline: number): number {
    const view = this.#view();
    let events = 0;
    for (let index = 0; index < count; index++) {
      const at = input + index * SUBSCRIPTION_SIZE;
      const tag = view.getUint8(at + SUBSCRIPTION_TAG);
      const fd = view.getUint32(at + SUBSCRIPTION_FD, true);
      const direction = tag === FD_READ ? READABLE : WRITABLE;
      const ready = tag === CLOCK ? this.now >= deadline : (this.#readiness(fd) & (direction | ALWAYS)) !== 0;
      if (!ready) continue;
      const event = output + events++ * EVENT_SIZE;
      const wakeups = fd === READY_FILE && tag === FD_READ;
      const length = wakeups
        ? this.#deliver(this.#u32(at + SUBSCRIPTION_WAKEUPS), this.#u32(at + SUBSCRIPTION_WAKEUPS_LENGTH))
        : 1;
      view.setBigUint64(event + EVENT_USERDATA, view.getBigUint64(at + SUBSCRIPTION_USERDATA, true), true);
      view.setUint16(event + EVENT_ERROR, 0, true);
      view.setUint8(event + EVENT_TYPE, tag);
      view.setBigUint64(event + EVENT_NBYTES, BigInt(length), true);
    }
    return events;
  }
}

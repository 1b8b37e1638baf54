/**
 * The kernel's own select, poll and epoll, as the posix driver makes system calls.
 *
 * select is given more than 1,024 descriptors: that limit is of C's type fd_set, not of the system call, which takes a
 * bit array of any length.
 */
import { EPOLLIN as IN } from "../../assembly/abi/events.ts";
import { call, libc, NativeBuffer, numbers, PosixDriver, poll } from "../../wasi-host/internal-node.ts";
import { BUFFER, BYTE, type Crowd, Indices, type OpenCrowd } from "./crowd.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CLOEXEC = 0o2000000;
const ET = 0x8000_0000;
/** `struct epoll_event` is packed on x86-64 alone. */
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = EVENT_SIZE - 8;
const EVENTS = 256;

/** The kernel's number of select(2); of pselect6(2) on arm64, which has no other. */
const SELECT = process.arch === "x64" ? 23 : 72;

abstract class KernelCrowd implements Crowd {
  readonly #driver: PosixDriver;
  protected readonly handles: number[];

  constructor(driver: PosixDriver, handles: number[]) {
    this.#driver = driver;
    this.handles = handles;
  }

  arrive(index: number): void {
    this.#driver.send(this.handles[index ^ 1], BYTE, 0, BYTE.length);
  }

  abstract wait(found: Int32Array): number;

  drain(index: number): void {
    while (this.#driver.recv(this.handles[index], BUFFER, 0, BUFFER.length, 0) > 0);
  }
}

export class EpollCrowd extends KernelCrowd {
  readonly #epoll: number;
  readonly #events = new NativeBuffer(EVENTS * EVENT_SIZE);

  constructor(driver: PosixDriver, handles: number[], flags: number) {
    super(driver, handles);
    this.#epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    const { address, view } = this.#events;
    for (const [index, handle] of handles.entries()) {
      view.setUint32(0, IN | flags, true);
      view.setUint32(EVENT_DATA, index, true);
      libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, handle, address);
    }
  }

  wait(found: Int32Array): number {
    const { address, view } = this.#events;
    const count = call(numbers.epollWait, this.#epoll, address, EVENTS, -1);
    for (let index = 0; index < count; index++) found[index] = view.getUint32(index * EVENT_SIZE + EVENT_DATA, true);
    return count;
  }
}

export class PollCrowd extends KernelCrowd {
  /** `struct pollfd`: the descriptor; events | revents << 16. */
  readonly #address: number;
  readonly #fds: Int32Array;

  constructor(driver: PosixDriver, handles: number[]) {
    super(driver, handles);
    const { address, buffer } = new NativeBuffer(handles.length * 8);
    this.#address = address;
    this.#fds = new Int32Array(buffer);
    for (const [index, handle] of handles.entries()) this.#fds.set([handle, IN], index * 2);
  }

  wait(found: Int32Array): number {
    const fds = this.#fds;
    const count = poll(this.#address, this.handles.length, -1);
    for (let index = 0, left = count; left > 0; index++) {
      if (fds[index * 2 + 1] >>> 16 === 0) continue;
      found[count - left--] = index;
    }
    return count;
  }
}

export class SelectCrowd extends KernelCrowd {
  readonly #indices: Indices;
  /** The watched descriptors, and the set that a call receives and changes. */
  readonly #watched: Int32Array;
  readonly #set: Int32Array;
  readonly #address: number;

  constructor(driver: PosixDriver, handles: number[]) {
    super(driver, handles);
    this.#indices = new Indices(handles);
    const words = Math.ceil((Math.max(...handles) + 1) / 64) * 2;
    const { address, buffer } = new NativeBuffer(words * 4);
    this.#address = address;
    this.#set = new Int32Array(buffer);
    this.#watched = new Int32Array(words);
    for (const fd of handles) this.#watched[fd >> 5] |= 1 << (fd & 31);
  }

  wait(found: Int32Array): number {
    const set = this.#set;
    set.set(this.#watched);
    const count = call(SELECT, set.length * 32, this.#address, 0, 0);
    let listed = 0;
    for (let word = 0; listed < count; word++) {
      for (let bits = set[word]; bits !== 0; bits &= bits - 1) {
        found[listed++] = this.#indices.of(word * 32 + 31 - Math.clz32(bits & -bits));
      }
    }
    return count;
  }
}

/** `make` watches what is open. */
const opener =
  (make: (driver: PosixDriver, handles: number[]) => Crowd): OpenCrowd =>
  async (size) => {
    const driver = new PosixDriver();
    const handles: number[] = [];
    while (handles.length < size) handles.push(...driver.socketPair());
    return make(driver, handles);
  };

export const kernelSelect = opener((driver, handles) => new SelectCrowd(driver, handles));
export const kernelPoll = opener((driver, handles) => new PollCrowd(driver, handles));
export const kernelEpoll = (edge: boolean) =>
  opener((driver, handles) => new EpollCrowd(driver, handles, edge ? ET : 0));

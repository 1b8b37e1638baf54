/** The targets of a guest's pointers, as text. Nothing is trusted: an invalid pointer is shown as a number. */
import { POLLFD_EVENTS, POLLFD_FD, POLLFD_REVENTS, POLLFD_SIZE } from "../../assembly/abi/epoll.ts";
import {
  READY_FILE,
  SUBSCRIPTION_POLLFDS,
  SUBSCRIPTION_POLLFDS_LENGTH,
  SUBSCRIPTION_WAKEUPS,
  SUBSCRIPTION_WAKEUPS_LENGTH,
} from "../../assembly/abi/ready-file.ts";
import {
  CLOCK,
  EVENT_ERROR,
  EVENT_FLAGS,
  EVENT_NBYTES,
  EVENT_SIZE,
  EVENT_TYPE,
  EVENT_USERDATA,
  FDSTAT_FILETYPE,
  FDSTAT_FLAGS,
  FDSTAT_RIGHTS,
  SUBSCRIPTION_CLOCK,
  SUBSCRIPTION_CLOCK_ABSTIME,
  SUBSCRIPTION_FD,
  SUBSCRIPTION_FLAGS,
  SUBSCRIPTION_SIZE,
  SUBSCRIPTION_TAG,
  SUBSCRIPTION_TIMEOUT,
  SUBSCRIPTION_USERDATA,
} from "../../assembly/abi/wasi.ts";
import { errnoName } from "../abi/errno.ts";
import { FILESTAT, PRESTAT } from "../abi/file-attributes.ts";
import { type GuestMemory, IOVEC, IOVEC_LENGTH } from "../memory/guest-memory.ts";
import { excerpt, hexadecimal, seconds, valueText } from "./values.ts";

/** The bytes of data and the entries of an array that are shown. */
const MAX_BYTES = 32;
const MAX_ENTRIES = 16;
/** WasmEdge's address families, and the size of a buffer that begins with one. */
const [INET4, INET6, UNIX] = [1, 2, 3];
const STORAGE = 128;

export class Structures {
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** The text that `show` makes of `size` bytes at `pointer`; the pointer itself if they are not all in memory. */
  guarded(pointer: number, size: number, show: () => string): string {
    return this.#memory.holds(pointer, size) ? show() : outside(pointer);
  }

  bytes(pointer: number, length: number): string {
    return this.guarded(pointer, length, () =>
      excerpt(this.#memory.bytes.subarray(pointer, pointer + length), MAX_BYTES),
    );
  }

  /** Paths whole, up to a length that no path has. */
  path(pointer: number, length: number): string {
    return this.guarded(pointer, length, () => excerpt(this.#memory.bytes.subarray(pointer, pointer + length), 4096));
  }

  /** `["data"...]`: the bytes to write. */
  ciovecs(pointer: number, count: number): string {
    return this.#entries(pointer, count, IOVEC, (at) => this.bytes(this.#u32(at), this.#u32(at + IOVEC_LENGTH)));
  }

  /** `[4096]`: the room for a read. */
  iovecs(pointer: number, count: number): string {
    return this.#entries(pointer, count, IOVEC, (at) => {
      const length = this.#u32(at + IOVEC_LENGTH);
      return this.guarded(this.#u32(at), length, () => String(length));
    });
  }

  /** The first of `total` bytes that have been read into iovecs. */
  received(pointer: number, count: number, total: number): string {
    const wanted = Math.min(total, MAX_BYTES + 1);
    const gathered: number[] = [];
    for (let index = 0; index < count && gathered.length < wanted; index++) {
      const at = pointer + index * IOVEC;
      if (!this.#memory.holds(at, IOVEC)) break;
      const [buffer, length] = [this.#u32(at), this.#u32(at + IOVEC_LENGTH)];
      const part = Math.min(length, wanted - gathered.length);
      if (!this.#memory.holds(buffer, part)) break;
      gathered.push(...this.#memory.bytes.subarray(buffer, buffer + part));
    }
    return excerpt(Uint8Array.from(gathered), MAX_BYTES);
  }

  /** The whole records of `size` bytes in the first `total` bytes of iovecs. */
  records(pointer: number, count: number, size: number, total: number, show: (at: number) => string): string {
    return this.guarded(pointer, count * IOVEC, () => {
      const shown: string[] = [];
      let left = total;
      for (let iovec = pointer; iovec < pointer + count * IOVEC && left >= size; iovec += IOVEC) {
        const buffer = this.#u32(iovec);
        const length = Math.min(this.#u32(iovec + IOVEC_LENGTH), left);
        left -= length;
        if (!this.#memory.holds(buffer, length)) return `[${[...shown, outside(buffer)].join(", ")}]`;
        for (let at = buffer; at + size <= buffer + length; at += size) {
          if (shown.length === MAX_ENTRIES) return `[${shown.join(", ")}, ...]`;
          shown.push(show(at));
        }
      }
      return `[${shown.join(", ")}]`;
    });
  }

  subscriptions(pointer: number, count: number): string {
    return this.#entries(pointer, count, SUBSCRIPTION_SIZE, (at) => {
      const { view } = this.#memory;
      const userdata = hexadecimal(view.getBigUint64(at + SUBSCRIPTION_USERDATA, true));
      const type = view.getUint8(at + SUBSCRIPTION_TAG);
      if (type !== CLOCK) return `{${userdata} ${valueText("eventtype", type)} fd=${this.#subscribed(at)}}`;
      const clock = valueText("clockid", this.#u32(at + SUBSCRIPTION_CLOCK));
      const timeout = seconds(view.getBigUint64(at + SUBSCRIPTION_TIMEOUT, true));
      const absolute = (view.getUint16(at + SUBSCRIPTION_FLAGS, true) & SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
      return `{${userdata} clock ${clock} ${absolute ? "at" : "in"} ${timeout}}`;
    });
  }

  /** The descriptor, and the array or the buffer for wakeups of a subscription to the ready file. */
  #subscribed(at: number): string {
    const fd = this.#u32(at + SUBSCRIPTION_FD);
    if (fd !== READY_FILE) return valueText("fd", fd);
    const list = this.#u32(at + SUBSCRIPTION_POLLFDS);
    if (list !== 0) {
      return `${valueText("fd", fd)} pollfds=${this.pollfds(list, this.#u32(at + SUBSCRIPTION_POLLFDS_LENGTH), false)}`;
    }
    if (this.#u32(at + SUBSCRIPTION_WAKEUPS) === 0) return valueText("fd", fd);
    return `${valueText("fd", fd)} wakeups=[${this.#u32(at + SUBSCRIPTION_WAKEUPS_LENGTH)}]`;
  }

  /** `{fd=5 in}`: the requested events; in an answer the readiness, of ready entries only. */
  pollfds(pointer: number, length: number, answered: boolean): string {
    return this.guarded(pointer, length, () => {
      const { view } = this.#memory;
      const shown: string[] = [];
      let others = 0;
      for (let at = pointer; at + POLLFD_SIZE <= pointer + length; at += POLLFD_SIZE) {
        const bits = view.getUint16(at + (answered ? POLLFD_REVENTS : POLLFD_EVENTS), true);
        if (answered && bits === 0) continue;
        if (shown.length === MAX_ENTRIES) others++;
        else shown.push(`{fd=${valueText("fd", this.#u32(at + POLLFD_FD))} ${valueText("readiness", bits)}}`);
      }
      if (others > 0) shown.push(`... ${others} more`);
      return `[${shown.join(", ")}]`;
    });
  }

  events(pointer: number, count: number): string {
    return this.#entries(pointer, count, EVENT_SIZE, (at) => {
      const { view } = this.#memory;
      const type = view.getUint8(at + EVENT_TYPE);
      const parts = [hexadecimal(view.getBigUint64(at + EVENT_USERDATA, true)), valueText("eventtype", type)];
      const error = view.getUint16(at + EVENT_ERROR, true);
      if (error !== 0) parts.push(errnoName(error));
      else if (type !== CLOCK) parts.push(`nbytes=${view.getBigUint64(at + EVENT_NBYTES, true)}`);
      const flags = view.getUint16(at + EVENT_FLAGS, true);
      if (flags !== 0) parts.push(valueText("eventrwflags", flags));
      return `{${parts.join(" ")}}`;
    });
  }

  fdstat(at: number): string {
    const { view } = this.#memory;
    const flags = valueText("fdflags", view.getUint16(at + FDSTAT_FLAGS, true));
    const rights = hexadecimal(view.getBigUint64(at + FDSTAT_RIGHTS, true));
    return `{${valueText("filetype", view.getUint8(at + FDSTAT_FILETYPE))} flags=${flags} rights=${rights}}`;
  }

  filestat(at: number): string {
    const { view } = this.#memory;
    const type = valueText("filetype", view.getUint8(at + FILESTAT.filetype));
    return `{${type} ino=${view.getBigUint64(at + FILESTAT.inode, true)} size=${view.getBigUint64(at + FILESTAT.bytes, true)}}`;
  }

  prestat(at: number): string {
    return this.#memory.view.getUint8(at) === 0
      ? `{dir name_length=${this.#u32(at + PRESTAT.nameLength)}}`
      : "{no directory}";
  }

  /** WasmEdge's `{buffer, length}`: the address's bytes, or a path. */
  address(pointer: number): string {
    return this.guarded(pointer, 8, () => {
      const [buffer, length] = [this.#u32(pointer), this.#u32(pointer + 4)];
      return this.guarded(buffer, length, () =>
        length === STORAGE ? this.#storage(buffer) : this.#address(buffer, length),
      );
    });
  }

  #address(at: number, length: number): string {
    return length === 4 ? this.#memory.bytes.subarray(at, at + 4).join(".") : this.bytes(at, length);
  }

  /** The family, and its address. */
  #storage(at: number): string {
    const family = this.#memory.view.getUint16(at, true);
    if (family === INET4 || family === INET6) return this.#address(at + 2, family === INET4 ? 4 : 16);
    if (family !== UNIX) return this.bytes(at, STORAGE);
    const path = this.#memory.bytes.subarray(at + 2, at + STORAGE);
    const end = path.indexOf(0);
    return `unix ${excerpt(path.subarray(0, end < 0 ? path.length : end), STORAGE)}`;
  }

  #entries(pointer: number, count: number, size: number, show: (at: number) => string): string {
    return this.guarded(pointer, count * size, () => {
      const shown = Array.from({ length: Math.min(count, MAX_ENTRIES) }, (_, index) => show(pointer + index * size));
      if (count > shown.length) shown.push(`... ${count - shown.length} more`);
      return `[${shown.join(", ")}]`;
    });
  }

  #u32(at: number): number {
    return this.#memory.view.getUint32(at, true);
  }
}

function outside(pointer: number): string {
  return `${hexadecimal(pointer)} (outside of memory)`;
}

/** What a guest's pointers point to, as text. Nothing is trusted: a pointer that leads outside of memory is shown as one. */
import { errnoName } from "../errno.ts";
import { type GuestMemory, IOVEC } from "../memory.ts";
import { excerpt, hexadecimal, seconds, valueText } from "./values.ts";

/** As many bytes of data, and as many entries of an array, are shown. */
const MOST_BYTES = 32;
const MOST_ENTRIES = 16;
const SUBSCRIPTION = 48;
const EVENT = 32;

export class Structures {
  readonly #memory: GuestMemory;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  /** The text that `show` makes of `size` bytes at `pointer`; the pointer where they are not all in memory. */
  guarded(pointer: number, size: number, show: () => string): string {
    return this.#memory.holds(pointer, size) ? show() : `${hexadecimal(pointer)} (outside of memory)`;
  }

  bytes(pointer: number, length: number): string {
    return this.guarded(pointer, length, () =>
      excerpt(this.#memory.bytes.subarray(pointer, pointer + length), MOST_BYTES),
    );
  }

  /** Paths whole, up to a length that no path has. */
  path(pointer: number, length: number): string {
    return this.guarded(pointer, length, () => excerpt(this.#memory.bytes.subarray(pointer, pointer + length), 4096));
  }

  /** `["data"...]`: what is about to be written. */
  ciovecs(pointer: number, count: number): string {
    return this.#entries(pointer, count, IOVEC, (at) => this.bytes(this.#u32(at), this.#u32(at + 4)));
  }

  /** `[4096]`: room for what will be read. */
  iovecs(pointer: number, count: number): string {
    return this.#entries(pointer, count, IOVEC, (at) => {
      const length = this.#u32(at + 4);
      return this.guarded(this.#u32(at), length, () => String(length));
    });
  }

  /** The first of `total` bytes that have been read into iovecs. */
  received(pointer: number, count: number, total: number): string {
    const wanted = Math.min(total, MOST_BYTES + 1);
    const gathered: number[] = [];
    for (let index = 0; index < count && gathered.length < wanted; index++) {
      const at = pointer + index * IOVEC;
      if (!this.#memory.holds(at, IOVEC)) break;
      const [buffer, length] = [this.#u32(at), this.#u32(at + 4)];
      const part = Math.min(length, wanted - gathered.length);
      if (!this.#memory.holds(buffer, part)) break;
      gathered.push(...this.#memory.bytes.subarray(buffer, buffer + part));
    }
    return excerpt(Uint8Array.from(gathered), MOST_BYTES);
  }

  subscriptions(pointer: number, count: number): string {
    return this.#entries(pointer, count, SUBSCRIPTION, (at) => {
      const { view } = this.#memory;
      const userdata = hexadecimal(view.getBigUint64(at, true));
      const type = view.getUint8(at + 8);
      if (type !== 0) return `{${userdata} ${valueText("eventtype", type)} fd=${this.#u32(at + 16)}}`;
      const timeout = seconds(view.getBigUint64(at + 24, true));
      const when = (view.getUint16(at + 40, true) & 1) === 0 ? "in" : "at";
      return `{${userdata} clock ${valueText("clockid", this.#u32(at + 16))} ${when} ${timeout}}`;
    });
  }

  events(pointer: number, count: number): string {
    return this.#entries(pointer, count, EVENT, (at) => {
      const { view } = this.#memory;
      const parts = [hexadecimal(view.getBigUint64(at, true)), valueText("eventtype", view.getUint8(at + 10))];
      const error = view.getUint16(at + 8, true);
      if (error !== 0) parts.push(errnoName(error));
      else if (view.getUint8(at + 10) !== 0) parts.push(`nbytes=${view.getBigUint64(at + 16, true)}`);
      const flags = view.getUint16(at + 24, true);
      if (flags !== 0) parts.push(valueText("eventrwflags", flags));
      return `{${parts.join(" ")}}`;
    });
  }

  fdstat(at: number): string {
    const { view } = this.#memory;
    const flags = valueText("fdflags", view.getUint16(at + 2, true));
    const rights = hexadecimal(view.getBigUint64(at + 8, true));
    return `{${valueText("filetype", view.getUint8(at))} flags=${flags} rights=${rights}}`;
  }

  filestat(at: number): string {
    const { view } = this.#memory;
    const type = valueText("filetype", view.getUint8(at + 16));
    return `{${type} ino=${view.getBigUint64(at + 8, true)} size=${view.getBigUint64(at + 32, true)}}`;
  }

  prestat(at: number): string {
    return this.#memory.view.getUint8(at) === 0 ? `{dir name_length=${this.#u32(at + 4)}}` : "{no directory}";
  }

  /** WasmEdge's `{buffer, length}`: the address's bytes. */
  address(pointer: number): string {
    return this.guarded(pointer, 8, () => {
      const [buffer, length] = [this.#u32(pointer), this.#u32(pointer + 4)];
      return this.guarded(buffer, length, () =>
        length === 4 ? this.#memory.bytes.subarray(buffer, buffer + 4).join(".") : this.bytes(buffer, length),
      );
    });
  }

  #entries(pointer: number, count: number, size: number, show: (at: number) => string): string {
    return this.guarded(pointer, count * size, () => {
      const shown = Array.from({ length: Math.min(count, MOST_ENTRIES) }, (_, index) => show(pointer + index * size));
      if (count > shown.length) shown.push(`... ${count - shown.length} more`);
      return `[${shown.join(", ")}]`;
    });
  }

  #u32(at: number): number {
    return this.#memory.view.getUint32(at, true);
  }
}

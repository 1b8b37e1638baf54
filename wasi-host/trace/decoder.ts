/** A call as text, in two halves: its arguments, before it is made; and its result. */

import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { FDSTAT_SIZE } from "../../assembly/abi/wasi.ts";
import { errnoName } from "../abi/errno.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { ReadyFileText } from "./ready-file-text.ts";
import type { Kind, Signature } from "./signatures.ts";
import { PREVIEW1, signatureOf } from "./signatures.ts";
import { Structures } from "./structures.ts";
import { hexadecimal, seconds, valueText } from "./values.ts";

/** As WebAssembly passes them: i32 as a signed number, i64 as a signed bigint. */
export type Arguments = readonly (number | bigint)[];

/** The number of bytes that a call writes at a pointer of this kind. */
const RESULT_SIZES: Partial<Record<Kind, number>> = {
  "result-fd": 4,
  "result-u16": 2,
  "result-u32": 4,
  "result-u64": 8,
  "result-fdstat": FDSTAT_SIZE,
  "result-filestat": 64,
  "result-prestat": 8,
  "result-address": 8,
};

export class Decoder {
  readonly #memory: GuestMemory;
  readonly #structures: Structures;
  readonly #readyFile: ReadyFileText;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
    this.#structures = new Structures(memory);
    this.#readyFile = new ReadyFileText(memory, this.#structures);
  }

  /** `fd_write(fd=1, iovs=["hello\n"])`. */
  call(name: string, args: Arguments): string {
    this.#memory.refresh();
    const signature = signatureOf(name, args.length);
    if (signature === undefined) return `${name}(${args.join(", ")})`;
    const shown: string[] = [];
    for (const [index, [parameter, kind]] of Object.entries(signature).entries()) {
      const text = this.#input(signature, args, index, kind);
      if (text !== undefined) shown.push(`${parameter}=${text}`);
    }
    return `${name}(${shown.join(", ")})`;
  }

  /** `0 size=6`, or `EAGAIN`. */
  result(name: string, args: Arguments, errno: number): string {
    if (errno !== 0) return errnoName(errno);
    this.#memory.refresh();
    const signature = signatureOf(name, args.length);
    const shown = ["0"];
    for (const [index, [parameter, kind]] of Object.entries(signature ?? {}).entries()) {
      const text = this.#output(signature!, args, index, kind);
      if (text !== undefined) shown.push(`${parameter}=${text}`);
    }
    return shown.join(" ");
  }

  #input(signature: Signature, args: Arguments, index: number, kind: Kind): string | undefined {
    if (typeof args[index] === "bigint") return wide(kind, args[index]);
    const value = args[index] >>> 0;
    switch (kind) {
      case "count":
      case "length":
        return undefined; // shown with the parameter before it
      case "text":
        return this.#structures.path(value, howMany(signature, args, index));
      case "bytes":
        return this.#structures.bytes(value, howMany(signature, args, index));
      case "ciovecs": {
        const count = howMany(signature, args, index);
        return isOnReadyFile(PREVIEW1.fd_write, signature, args)
          ? this.#readyFile.operations(value, count)
          : this.#structures.ciovecs(value, count);
      }
      case "iovecs":
        return this.#structures.iovecs(value, howMany(signature, args, index));
      case "subscriptions":
        return this.#structures.subscriptions(value, howMany(signature, args, index));
      case "address":
        return this.#structures.address(value);
      case "buffer":
        return this.#room(value, howMany(signature, args, index), true);
      case "events":
        return this.#room(value, howMany(signature, args, index) * 32, false);
      default: {
        const size = kind === "result-pointers" ? 0 : RESULT_SIZES[kind];
        return size === undefined ? valueText(kind, value) : this.#room(value, size, false);
      }
    }
  }

  /** Shows the place of a result only if it is invalid; the size of a buffer always. */
  #room(pointer: number, size: number, sized: boolean): string | undefined {
    if (this.#memory.holds(pointer, size)) return sized ? `[${size}]` : undefined;
    return `${hexadecimal(pointer)} (outside of memory)`;
  }

  #output(signature: Signature, args: Arguments, index: number, kind: Kind): string | undefined {
    const at = Number(args[index]) >>> 0;
    const size = RESULT_SIZES[kind];
    if (size !== undefined) return this.#structures.guarded(at, size, () => this.#written(kind, at));
    const written = this.#sizeOf(signature, args) ?? 0;
    if (kind === "ciovecs" && isOnReadyFile(PREVIEW1.fd_write, signature, args)) {
      return this.#readyFile.results(at, howMany(signature, args, index), written);
    }
    if (kind === "iovecs" && isOnReadyFile(PREVIEW1.fd_read, signature, args)) {
      return this.#readyFile.wakeups(at, howMany(signature, args, index), written);
    }
    if (kind === "iovecs") {
      return this.#structures.received(at, howMany(signature, args, index), written);
    }
    if (kind === "events") {
      const delivered = this.#readyFile.delivered(Number(args[0]) >>> 0, Number(args[2]) >>> 0, at, written);
      return this.#structures.events(at, written) + (delivered ?? "");
    }
    if (kind !== "buffer") return undefined;
    const length = howMany(signature, args, index);
    return this.#structures.bytes(at, Math.min(length, this.#sizeOf(signature, args) ?? length));
  }

  #written(kind: Kind, at: number): string {
    const { view } = this.#memory;
    switch (kind) {
      case "result-u16":
        return valueText("roflags", view.getUint16(at, true));
      case "result-u64":
        return String(view.getBigUint64(at, true));
      case "result-fdstat":
        return this.#structures.fdstat(at);
      case "result-filestat":
        return this.#structures.filestat(at);
      case "result-prestat":
        return this.#structures.prestat(at);
      case "result-address":
        return this.#structures.address(at);
      default:
        return String(view.getUint32(at, true));
    }
  }

  /** The count written by the call: its first u32. */
  #sizeOf(signature: Signature, args: Arguments): number | undefined {
    const index = Object.values(signature).indexOf("result-u32");
    const at = Number(args[index]) >>> 0;
    return index >= 0 && this.#memory.holds(at, 4) ? this.#memory.view.getUint32(at, true) : undefined;
  }
}

/** Whether it is this call, on the ready file. */
function isOnReadyFile(call: Signature, signature: Signature, args: Arguments): boolean {
  return signature === call && Number(args[0]) >>> 0 === READY_FILE;
}

/** The next parameter with a number of elements. */
function howMany(signature: Signature, args: Arguments, index: number): number {
  const kinds = Object.values(signature);
  const place = kinds.findIndex((kind, at) => at > index && (kind === "count" || kind === "length"));
  return Number(args[place]) >>> 0;
}

function wide(kind: Kind, value: bigint): string {
  if (kind === "s64") return String(value);
  const unsigned = BigInt.asUintN(64, value);
  if (kind === "rights") return hexadecimal(unsigned);
  return kind === "timestamp" ? seconds(unsigned) : String(unsigned);
}

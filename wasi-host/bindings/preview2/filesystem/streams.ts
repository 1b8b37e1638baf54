/** Streams over files: always ready, each with its own position. */
import type { Bytes } from "../bytes.ts";
import { ALWAYS, type Readiness } from "../polling/readiness.ts";
import type { HeldBytes } from "../streams/held-bytes.ts";
import { InputStream } from "../streams/input-stream.ts";
import { IoError } from "../streams/io-error.ts";
import { OutputStream } from "../streams/output-stream.ts";
import type { FileDescriptor } from "./descriptor.ts";
import { type Files, MAX_BYTES } from "./files.ts";

export class FileInput extends InputStream {
  readonly readiness: Readiness = ALWAYS;
  readonly #files: Files;
  readonly #file: FileDescriptor;
  #position: bigint;

  constructor(files: Files, file: FileDescriptor, position: bigint) {
    super();
    this.#files = files;
    this.#file = file;
    this.#position = position;
    file.keep();
  }

  receive({ bytes }: Bytes, offset: number, length: number): number {
    const count = this.#files.read(this.#file.number, length, this.#position);
    if (count <= 0) return count;
    bytes.set(this.#files.bytes.subarray(0, count), offset);
    this.#position += BigInt(count);
    return count;
  }

  error(errno: number): IoError {
    return new IoError(errno, "filesystem");
  }

  override drop(): void {
    this.#file.drop();
  }
}

/** `position`: undefined to append, at the end at the time of each write. */
export class FileOutput extends OutputStream {
  readonly readiness: Readiness = ALWAYS;
  readonly #files: Files;
  readonly #file: FileDescriptor;
  #position: bigint | undefined;

  constructor(files: Files, file: FileDescriptor, position: bigint | undefined, held: HeldBytes) {
    super(held);
    this.#files = files;
    this.#file = file;
    this.#position = position;
    file.keep();
  }

  protected send(bytes: Uint8Array, offset: number, length: number): number {
    let done = 0;
    while (done < length) {
      const at = this.#place();
      if (at < 0n) return Number(at);
      const part = Math.min(length - done, MAX_BYTES);
      this.#files.bytes.set(bytes.subarray(offset + done, offset + done + part));
      const count = this.#files.write(this.#file.number, part, at);
      if (count < 0) return count;
      if (this.#position !== undefined) this.#position += BigInt(count);
      done += count;
    }
    return done;
  }

  /** The position after the bytes, or a negated errno. */
  #place(): bigint {
    if (this.#position !== undefined) return this.#position;
    const stat = this.#files.statOf(this.#file.number);
    return typeof stat === "number" ? BigInt(-stat) : stat.size;
  }

  error(errno: number): IoError {
    return new IoError(errno, "filesystem");
  }

  override drop(): void {
    this.#file.drop();
  }
}

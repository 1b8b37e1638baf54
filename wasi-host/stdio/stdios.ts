/** The guest's first three descriptors: the process's own, or the embedder's. */

import { Errno } from "../abi/errno.ts";
import { Filetype } from "../abi/file-attributes.ts";
import { Rights } from "../abi/rights.ts";
import type { Driver } from "../drivers/contract/driver.ts";
import type { IoVector } from "../drivers/contract/io-vector.ts";
import { Descriptor } from "../kernel/descriptors.ts";
import { BytesInput, CallbackOutput, STDIO_RIGHTS } from "./given.ts";
import { drain, feed, type Input, isDriverEnd, isStream, type Output } from "./streams.ts";

interface Given {
  readonly stdin?: Input;
  readonly stdout?: Output;
  readonly stderr?: Output;
}

/** The process's own stdin, stdout and stderr: 0, 1 and 2. */
export interface ProcessStdios {
  /** `patient`: no call may put the thread to sleep. */
  open(driver: Driver, number: number, patient: boolean): Descriptor;
  /** WASI's filetype. */
  filetype(number: number): number;
}

export interface Stdios {
  readonly descriptors: readonly Descriptor[];
  /** Starts the streams, until `cancel` is aborted. A second call has no effect. */
  open(cancel: AbortSignal): void;
  /** The guest has ended. Resolves to `status` when its output has been taken. */
  ended(status: number): Promise<number>;
  dispose(): void;
}

/**
 * @param process the default streams
 * @param patient no call may put the thread to sleep
 * @param fail is called with the error of a broken stream
 */
export function openStdios(
  driver: Driver,
  given: Given,
  process: ProcessStdios,
  patient: boolean,
  fail: (error: unknown) => void,
): Stdios {
  const flows: ((cancel: AbortSignal) => Promise<void>)[] = [];
  const ends: Pipe[] = [];
  const inputEnd = new AbortController();
  const outputs: Promise<unknown>[] = [];
  let failure: { readonly error: unknown } | undefined;

  function stdin(): Descriptor {
    const { stdin: input } = given;
    if (input === undefined) return own(0);
    if (isDriverEnd(input)) return new Pipe(driver, input.handle);
    if (!isStream(input)) return new BytesInput(typeof input === "string" ? new TextEncoder().encode(input) : input);
    const [guest, ours] = driver.pipe();
    const pipe = new Pipe(driver, ours);
    flows.push((cancel) => feed(driver, ours, input as AsyncIterable<Uint8Array>, cancel).finally(() => pipe.close()));
    ends.push(pipe, new Pipe(driver, guest));
    return ends[ends.length - 1];
  }

  function output(number: number, sink: Output | undefined): Descriptor {
    if (sink === undefined) return own(number);
    if (isDriverEnd(sink)) return new Pipe(driver, sink.handle);
    if (typeof sink === "function") return new CallbackOutput(sink);
    const [ours, guest] = driver.pipe();
    const pipe = new Pipe(driver, ours);
    flows.push((cancel) => drain(driver, ours, sink, cancel).finally(() => pipe.close()));
    ends.push(pipe, new Pipe(driver, guest));
    return ends[ends.length - 1];
  }

  function own(number: number): Descriptor {
    const handle = number === 0 ? (driver.inheritance?.standardInput() ?? -1) : -1;
    if (handle >= 0) {
      ends.push(new Pipe(driver, handle, process.filetype(number)));
      return ends[ends.length - 1];
    }
    return process.open(driver, number, patient);
  }

  const descriptors = [stdin(), output(1, given.stdout), output(2, given.stderr)];
  return {
    descriptors,
    open(cancel) {
      const either = AbortSignal.any([cancel, inputEnd.signal]);
      const running = flows.splice(0).map((flow, index) => {
        const input = index === 0 && isStream(given.stdin);
        const done = flow(input ? either : cancel).catch((error: unknown) => {
          failure = { error };
          fail(error);
        });
        return { input, done };
      });
      outputs.push(...running.filter(({ input }) => !input).map(({ done }) => done));
    },
    async ended(status) {
      inputEnd.abort();
      for (const descriptor of descriptors) if (descriptor instanceof Pipe) descriptor.close();
      await Promise.all(outputs);
      if (failure !== undefined) throw failure.error;
      return status;
    },
    dispose() {
      for (const end of ends) end.close();
    },
  };
}

/** One end of a driver's pipe. Both of its owners may close it; the second close has no effect. */
class Pipe extends Descriptor {
  readonly kind = "stdio";
  readonly filetype: number;
  readonly rights = STDIO_RIGHTS | Rights.FD_READ | Rights.FD_WRITE;
  readonly #driver: Driver;

  constructor(driver: Driver, handle: number, filetype: number = Filetype.UNKNOWN) {
    super();
    this.filetype = filetype;
    this.#driver = driver;
    this.handle = handle;
  }

  override read(bytes: Uint8Array, offset: number, length: number): number {
    return this.handle < 0 ? -Errno.BADF : this.#driver.recv(this.handle, bytes, offset, length, 0);
  }

  override write(bytes: Uint8Array, offset: number, length: number): number {
    return this.handle < 0 ? -Errno.BADF : this.#driver.send(this.handle, bytes, offset, length);
  }

  override readVector(bytes: Uint8Array, vector: IoVector): number {
    return this.handle < 0 ? -Errno.BADF : this.#driver.recvVector(this.handle, bytes, vector);
  }

  override writeVector(bytes: Uint8Array, vector: IoVector): number {
    return this.handle < 0 ? -Errno.BADF : this.#driver.sendVector(this.handle, bytes, vector);
  }

  close(): number {
    const { handle } = this;
    this.handle = -1;
    return handle < 0 ? 0 : this.#driver.close(handle);
  }
}

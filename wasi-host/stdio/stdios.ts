/** The guest's first three descriptors: the process's own, or what the embedder gave. */
import { Descriptor, Filetype } from "../descriptors.ts";
import type { Driver } from "../drivers/driver.ts";
import { Errno } from "../errno.ts";
import { ownStdio, stdioFiletype } from "../platform/index.ts";
import { Rights } from "../rights.ts";
import { BytesInput, CallbackOutput, STDIO_RIGHTS } from "./given.ts";
import { drain, feed, type Input, isDriverEnd, isStream, type Output } from "./streams.ts";

interface Given {
  readonly stdin?: Input;
  readonly stdout?: Output;
  readonly stderr?: Output;
}

export interface Stdios {
  readonly descriptors: readonly Descriptor[];
  /** Streams begin to flow, until `cancel` is aborted. */
  open(cancel: AbortSignal): void;
  /** The guest has ended: resolves to `status` when all of its output has been taken. */
  ended(status: number): Promise<number>;
  dispose(): void;
}

/** `patient`: no call may put the thread to sleep. `fail` is told of a stream that broke. */
export function openStdios(driver: Driver, given: Given, patient: boolean, fail: (error: unknown) => void): Stdios {
  const flows: ((cancel: AbortSignal) => Promise<void>)[] = [];
  const ends: Pipe[] = [];
  const inputEnd = new AbortController();
  let outputs: Promise<unknown>[] = [];
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
    const handle = number === 0 ? (driver.standardInput?.() ?? -1) : -1;
    if (handle >= 0) {
      ends.push(new Pipe(driver, handle, stdioFiletype(number)));
      return ends[ends.length - 1];
    }
    return ownStdio(driver, number, patient);
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
      outputs = running.filter(({ input }) => !input).map(({ done }) => done);
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

/** One end of a driver's pipe. Whichever of its two owners closes it first has closed it. */
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

  close(): number {
    const { handle } = this;
    this.handle = -1;
    return handle < 0 ? 0 : this.#driver.close(handle);
  }
}

/** Streams of the kernel that only the reference watches, for a subject with other streams. */

import { errnoName } from "../../wasi-host/abi/errno.ts";
import { PosixDriver } from "../../wasi-host/drivers/posix/index.ts";
import { SystemError } from "../../wasi-host/errors/system-error.ts";
import type { Outcome } from "../linux/epoll.ts";
import * as kernel from "../linux/epoll.ts";
import * as tcp from "../linux/tcp.ts";
import type { Side, Streams } from "./side.ts";

const SHUTDOWN_SIDES = { read: 1, write: 2, both: 3 } as const;
const buffer = new Uint8Array(new ArrayBuffer(100_000));

export class OwnDescriptors implements Streams {
  readonly #driver = new PosixDriver();
  readonly #handles = new Map<string, number>();
  readonly #connections = new Map<string, number>();

  /** The descriptor of a name; -1 if there is none. */
  descriptorOf(name: string): number {
    return this.#handles.get(name) ?? -1;
  }

  pair(first: string, second: string): void {
    this.#both(first, second, this.#driver.socketPair());
  }

  pipe(reader: string, writer: string): void {
    this.#both(reader, writer, this.#driver.pipe());
  }

  #both(first: string, second: string, handles: [number, number]): void {
    this.#handles.set(first, handles[0]).set(second, handles[1]);
  }

  listen(name: string): void {
    const handle = this.#driver.listen({ host: "127.0.0.1", port: 0 });
    tcp.prepare(handle);
    this.#handles.set(name, handle);
  }

  connect(name: string, listener: string): Outcome {
    try {
      const address = this.#driver.localAddress(this.descriptorOf(listener)) ?? { host: "127.0.0.1", port: 1 };
      this.#connected(name, this.#driver.connect(address));
      return 0;
    } catch (error) {
      if (error instanceof SystemError) return error.code;
      throw error;
    }
  }

  accept(name: string, listener: string): Outcome {
    const handle = this.#driver.accept(this.descriptorOf(listener));
    if (handle < 0) return errnoName(-handle);
    this.#connected(name, handle);
    return 0;
  }

  #connected(name: string, handle: number): void {
    tcp.prepare(handle);
    this.#handles.set(name, handle);
    this.#connections.set(name, handle);
  }

  send(name: string, length: number): Outcome {
    return named(this.#driver.send(this.descriptorOf(name), buffer, 0, length));
  }

  recv(name: string, length: number): Outcome {
    return named(this.#driver.recv(this.descriptorOf(name), buffer, 0, length, 0));
  }

  urgent(name: string): Outcome {
    return kernel.sendUrgent(this.descriptorOf(name), buffer);
  }

  shutdown(name: string, side: Side): Outcome {
    return named(this.#driver.shutdown(this.descriptorOf(name), SHUTDOWN_SIDES[side]));
  }

  takeError(name: string): Outcome {
    const error = this.#driver.takeError(this.descriptorOf(name));
    return error === 0 ? 0 : errnoName(error);
  }

  close(name: string, reset: boolean): void {
    const handle = this.descriptorOf(name);
    if (reset) tcp.resetOnClose(handle);
    this.#driver.close(handle);
    this.#handles.delete(name);
    this.#connections.delete(name);
  }

  settle(): void {
    tcp.settle([...this.#connections.values()]);
  }

  clear(): void {
    this.#driver.dispose();
  }
}

function named(result: number): Outcome {
  return result < 0 ? errnoName(-result) : result;
}

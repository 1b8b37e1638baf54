/**
 * A stepped guest played by a test: its exports are functions of the test, its memory and sockets are real. The other
 * ends belong to the same driver and the same thread, so that a step can act as a peer.
 */
import {
  OP_ARM,
  OPERATION_BUFFER,
  OPERATION_FD,
  OPERATION_LENGTH,
  OPERATION_MASK,
  OPERATION_OP,
  OPERATION_RESULT,
  OPERATION_SIZE,
} from "../../assembly/abi/operation.ts";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import type { Driver } from "../../wasi-host/drivers/contract/driver.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { WasiHost, type WasiHostOptions } from "../../wasi-host/index.ts";

export const FINISHED = -1;
export const FOREVER = 0x7fff_ffff;
export const LISTENER = 3;

const NONBLOCK = 4;
const RESULT = 16;
const IOVEC = 32;
/** The address of a test's own bytes. */
export const BUFFER = 4096;

// biome-ignore lint/suspicious/noExplicitAny: each call has the signature that the witx says.
type Calls = Record<string, (...args: any[]) => number>;

/** An operation on the ready file. */
export interface Operation {
  readonly op: number;
  readonly fd?: number;
  readonly mask?: number;
  readonly buffer?: number;
  readonly length?: number;
}

/** The result before the operation is made. */
export const UNTOUCHED = 0x5555;
/** The default address of operations. */
export const OPERATIONS = 8192;

/** The guest's action in one step; returns its wait. */
export type Step = () => unknown;

export class SteppedGuest implements Disposable {
  readonly memory = new WebAssembly.Memory({ initial: 2 });
  readonly host: WasiHost;
  readonly driver: Driver;
  readonly calls: Calls;
  readonly readyFile: number;

  /** `name`: the driver; `ask`: for the ready file; the other options are the host's. */
  static async open(
    { ask = true, ...options }: WasiHostOptions & { ask?: boolean } = {},
    name = "posix",
  ): Promise<SteppedGuest> {
    const driver = await openDriver(name);
    return new SteppedGuest(await WasiHost.open({ listen: ["127.0.0.1:0"], driver, ...options }), driver, ask);
  }

  private constructor(host: WasiHost, driver: Driver, ask: boolean) {
    this.host = host;
    this.driver = driver;
    this.calls = host.imports.wasi_snapshot_preview1 as Calls;
    host.attach(this.memory);
    const granted = ask && this.calls.fd_fdstat_get(READY_FILE, BUFFER - 64) === 0;
    this.readyFile = granted || !ask ? READY_FILE : -1;
  }

  [Symbol.dispose](): void {
    this.host.dispose();
    this.driver.dispose();
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Runs the steps in order, and then finishes. `exports`: further exports of the module. */
  run(steps: Step[], exports: Record<string, unknown> = {}): number {
    return this.host.start(this.instance(steps, exports));
  }

  instance(steps: Step[], exports: Record<string, unknown> = {}): WebAssembly.Instance {
    const left = [...steps];
    const pollux_step = () => (left.length > 0 ? left.shift()!() : FINISHED);
    return { exports: { memory: this.memory, pollux_step, ...exports } as WebAssembly.Exports };
  }

  /** A connection: the guest's descriptor, and the driver's handle of its other end. */
  connection(): { fd: number; peer: number } {
    const peer = this.driver.connect(this.host.listening[0]);
    return { fd: this.accept(), peer };
  }

  accept(): number {
    const errno = this.calls.sock_accept(LISTENER, NONBLOCK, RESULT);
    if (errno !== 0) throw new Error(`sock_accept: ${errno}`);
    return this.view.getUint32(RESULT, true);
  }

  /** The other end sends. */
  send(peer: number, text: string): void {
    const bytes = Buffer.from(text);
    if (this.driver.send(peer, bytes, 0, bytes.length) !== bytes.length) throw new Error("the peer cannot send");
  }

  text(pointer: number, length: number): string {
    return Buffer.from(this.memory.buffer, pointer, length).toString();
  }

  /** Arms `fd` for `mask` on the ready file. */
  arm(fd: number, mask: number): void {
    if (this.submit([{ op: OP_ARM, fd, mask }]).results[0] !== 0) throw new Error("cannot arm");
  }

  /**
   * Submits operations to the ready file, in one call. Returns the errno, the number of made operations, and all
   * results.
   */
  submit(operations: readonly Operation[], at = OPERATIONS): { errno: number; made: number; results: number[] } {
    const { view } = this;
    for (const [index, { op, fd = 0, mask = 0, buffer = 0, length = 0 }] of operations.entries()) {
      const record = at + index * OPERATION_SIZE;
      view.setUint32(record + OPERATION_OP, op, true);
      view.setUint32(record + OPERATION_FD, fd, true);
      view.setUint32(record + OPERATION_MASK, mask, true);
      view.setUint32(record + OPERATION_BUFFER, buffer, true);
      view.setUint32(record + OPERATION_LENGTH, length, true);
      view.setUint32(record + OPERATION_RESULT, UNTOUCHED, true);
    }
    this.#vector(at, operations.length * OPERATION_SIZE);
    view.setUint32(RESULT, 0, true);
    const errno = this.calls.fd_write(this.readyFile, IOVEC, 1, RESULT);
    return {
      errno,
      made: view.getUint32(RESULT, true) / OPERATION_SIZE,
      results: operations.map((_, index) => view.getInt32(at + index * OPERATION_SIZE + OPERATION_RESULT, true)),
    };
  }

  /** The queued wakeups of the ready file: [fd, mask, readiness]. */
  wakeups(): [number, number, number][] {
    this.#vector(BUFFER, 64 * 8);
    if (this.calls.fd_read(this.readyFile, IOVEC, 1, RESULT) !== 0) return [];
    const count = this.view.getUint32(RESULT, true) / 8;
    return Array.from({ length: count }, (_, index) => {
      const at = BUFFER + index * 8;
      return [this.view.getUint32(at, true), this.view.getUint16(at + 4, true), this.view.getUint16(at + 6, true)];
    });
  }

  #vector(pointer: number, length: number): void {
    this.view.setUint32(IOVEC, pointer, true);
    this.view.setUint32(IOVEC + 4, length, true);
  }
}

/**
 * A stepped guest that a test plays: its exports are functions of the test's, its memory is real, and so are its sockets.
 * The other ends belong to the same driver and the same thread, so that a step can do what a peer would.
 */
import type { Driver } from "../../wasi-host/drivers/driver.ts";
import { openDriver } from "../../wasi-host/drivers/index.ts";
import { WasiHost, type WasiHostOptions } from "../../wasi-host/index.ts";

export const FINISHED = -1;
export const FOREVER = 0x7fff_ffff;
export const LISTENER = 3;

const NONBLOCK = 4;
const RESULT = 16;
const IOVEC = 32;
/** Where a test's own bytes are. */
export const BUFFER = 4096;

// biome-ignore lint/suspicious/noExplicitAny: each call has the signature that the witx says.
type Calls = Record<string, (...args: any[]) => number>;

/** A request on the ready file (`ready-file.ts`). */
export type Request = [fd: number, mask: number, op: number];
export const [STOP, ARM, LOOK] = [0, 1, 2];

/** What the guest does in one step: returns what it waits for. */
export type Step = () => unknown;

export class SteppedGuest implements Disposable {
  readonly memory = new WebAssembly.Memory({ initial: 2 });
  readonly host: WasiHost;
  readonly driver: Driver;
  readonly calls: Calls;
  readonly readyFile: number;

  /** `name`: which driver; everything else is the host's. */
  static async open(options: WasiHostOptions = {}, name = "posix"): Promise<SteppedGuest> {
    const driver = await openDriver(name);
    return new SteppedGuest(await WasiHost.open({ listen: ["127.0.0.1:0"], driver, ...options }), driver);
  }

  private constructor(host: WasiHost, driver: Driver) {
    this.host = host;
    this.driver = driver;
    this.calls = host.imports.wasi_snapshot_preview1 as Calls;
    this.readyFile = [...host.descriptors.open()].find(([, { kind }]) => kind === "ready")?.[0] ?? -1;
    host.attach(this.memory);
  }

  [Symbol.dispose](): void {
    this.host.dispose();
    this.driver.dispose();
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** Runs the steps in their order, one each time, and then finishes. `exports`: what else the module has. */
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
    if (this.request([fd, mask, ARM]) !== 0) throw new Error("cannot arm");
  }

  /** Writes requests to the ready file, in one call. Returns the errno. */
  request(...requests: Request[]): number {
    const { view } = this;
    for (const [index, [fd, mask, op]] of requests.entries()) {
      view.setUint32(BUFFER + index * 8, fd, true);
      view.setUint16(BUFFER + index * 8 + 4, mask, true);
      view.setUint16(BUFFER + index * 8 + 6, op, true);
    }
    this.#vector(BUFFER, requests.length * 8);
    return this.calls.fd_write(this.readyFile, IOVEC, 1, RESULT);
  }

  /** The records that are queued on the ready file: [fd, mask, readiness]. */
  records(): [number, number, number][] {
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

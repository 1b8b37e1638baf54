/** A guest without a program: one page of memory, and a test that makes its calls. */
import net from "node:net";
import { WasiHost, type WasiHostOptions } from "../../wasi-host/index.ts";
import { GuestPage } from "./guest-page.ts";

export const NONBLOCK = 4;

// biome-ignore lint/suspicious/noExplicitAny: a test gives what the witx says, or something wild on purpose.
type Calls = Record<string, (...args: any[]) => number>;

export class Guest extends GuestPage implements Disposable {
  readonly host: WasiHost;
  readonly calls: Calls;

  static async open(options: WasiHostOptions = {}): Promise<Guest> {
    return new Guest(await WasiHost.open({ edgeSource: false, ...options }));
  }

  private constructor(host: WasiHost) {
    super();
    this.host = host;
    this.calls = host.imports.wasi_snapshot_preview1 as Calls;
    host.attach(this.memory);
  }

  [Symbol.dispose](): void {
    this.host.dispose();
  }

  /** A client's connection to the listener `fd`, and the guest's descriptor for it. Blocking, unless asked otherwise. */
  async connection(flags = 0, fd = 3): Promise<{ client: Client; stream: number }> {
    const client = await Client.to(this);
    const errno = this.calls.sock_accept(fd, flags, this.result);
    if (errno !== 0) throw new Error(`sock_accept: ${errno}`);
    return { client, stream: this.u32() };
  }

  /** sock_recv into fresh memory: the errno, and the bytes. */
  receive(fd: number, length: number, flags = 0): { errno: number; text: string } {
    const buffer = this.room(length);
    const errno = this.calls.sock_recv(fd, ...this.iovecs([buffer, length]), flags, this.result, this.result + 8);
    return { errno, text: errno === 0 ? this.bytes(buffer, this.u32()).toString() : "" };
  }
}

/** The other end: a node:net socket. */
export class Client {
  readonly socket: net.Socket;
  #received = Buffer.alloc(0);

  static async to(guest: Guest): Promise<Client> {
    const [{ host, port }] = guest.host.listening;
    const socket = net.connect({ host, port, allowHalfOpen: true });
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Client(socket);
  }

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  /** Resolves when the kernel has the bytes. */
  async write(text: string): Promise<void> {
    await new Promise((resolve) => this.socket.write(text, resolve));
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.end(resolve));
  }

  /** The next `length` bytes. */
  async read(length: number): Promise<string> {
    while (this.#received.length < length) await new Promise((resolve) => this.socket.once("data", resolve));
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes.toString();
  }
}

/** A client: a node:net socket that reads only on request. */
import { once } from "node:events";
import net from "node:net";
import { setTimeout } from "node:timers/promises";

export class Client {
  readonly socket: net.Socket;
  /** Resolves when the server has ended its side; earlier bytes can still be read. */
  readonly ended: Promise<unknown>;
  /** Resolves when the connection is gone, for any reason. */
  readonly closed: Promise<void>;
  #chunks: Buffer[] = [];
  #held = 0;
  #over = false;
  #wake = () => {};

  /** `reads: false`: takes no byte from the kernel until `read` is called. */
  static async connect(port: number, { reads = true } = {}): Promise<Client> {
    const client = new Client(port, reads);
    await once(client.socket, "connect");
    return client;
  }

  static connectMany(port: number, count: number): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => Client.connect(port)));
  }

  /** Does not wait for the connection; `connect` does. */
  constructor(port: number, reads = true) {
    this.socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    const happened = (event: string) => new Promise<void>((resolve) => this.socket.once(event, () => resolve()));
    this.ended = happened("end");
    this.closed = happened("close");
    this.socket.on("error", () => {}); // a reset: 'close' follows
    for (const event of ["end", "close"]) {
      this.socket.on(event, () => {
        this.#over = true;
        this.#wake();
      });
    }
    this.socket.on("data", (bytes) => {
      this.#chunks.push(bytes);
      this.#held += bytes.length;
      this.#wake();
    });
    if (!reads) this.socket.pause();
  }

  /** From now on, takes arriving bytes from the kernel. */
  read(): void {
    this.socket.resume();
  }

  /** Leaves arriving bytes in the kernel until `read` is called. */
  hold(): void {
    this.socket.pause();
  }

  /** Received bytes that no call has returned yet. */
  get held(): number {
    return this.#held;
  }

  get localPort(): number {
    return this.socket.localPort!;
  }

  /** Resolves when the kernel has the bytes: none is left in our buffers. */
  async send(bytes: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends this side after `bytes`, and waits for neither. */
  end(bytes: Uint8Array): void {
    this.socket.end(bytes);
  }

  /** Receives up to `most` bytes; none at the end of the stream. */
  async some(most = Infinity): Promise<Buffer> {
    while (this.#held === 0 && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#held === 0) return Buffer.alloc(0);
    let chunk = this.#chunks.shift()!;
    if (chunk.length > most) {
      this.#chunks.unshift(chunk.subarray(most));
      chunk = chunk.subarray(0, most);
    }
    this.#held -= chunk.length;
    return chunk;
  }

  /** The next `length` bytes. Rejects if the stream ends earlier. */
  async receive(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part.length === 0) throw new Error(`the stream ended ${left} bytes before the ${length} that were expected`);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** All bytes until the end of the stream. */
  async rest(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let part = await this.some(); part.length > 0; part = await this.some()) parts.push(part);
    return Buffer.concat(parts);
  }

  /** Sends `text` and waits until it comes back unchanged: the server has had its turn. */
  async roundTrip(text = "ping"): Promise<void> {
    await this.send(text);
    const received = (await this.receive(Buffer.byteLength(text))).toString();
    if (received !== text) throw new Error(`'${text}' came back as '${received}'`);
  }

  /** Ends this side and waits for the end of the other, before which nothing may come. */
  async part(): Promise<void> {
    this.socket.end();
    const { length } = await this.rest();
    if (length > 0) throw new Error(`${length} bytes came back that nobody had sent`);
    if (this.socket.errored) throw this.socket.errored;
  }

  /** SO_LINGER of 0, and close: the server gets a reset. */
  reset(): Promise<void> {
    this.socket.resetAndDestroy();
    return this.closed;
  }

  /** Closes both sides. */
  leave(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }
}

/** Resolves when the condition holds, for which there is no event. The test's timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(2);
}

/** Clients on a simulated network, all in one selector: each is what `Client` in clients.ts asks for. */
import { AGAIN, Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";
import type { SimulatedDriver } from "pollux/host/web";
import { type Client, type Connect, concatenated } from "../clients.ts";

const LARGEST = 65_536;

/** Bytes to send, and a callback for when they are sent. */
interface Parcel {
  readonly bytes: Uint8Array;
  readonly gone: () => void;
  readonly lost: (error: Error) => void;
}

class SimulatedClient implements Client {
  /** Resolves when the connection is made. */
  readonly connected: Promise<void>;
  readonly #socket: Socket;
  readonly #selector: DefaultSelector<SimulatedClient, Socket>;
  readonly #parcels: Parcel[] = [];
  #sent = 0;
  readonly #chunks: Uint8Array[] = [];
  #holds = false;
  /** Nothing more comes. */
  #over = false;
  /** The end goes out behind the last parcel. */
  #ends = false;
  #breaks: (() => void) | undefined;
  #error: Error | undefined;
  #wake = () => {};

  constructor(socket: Socket, selector: DefaultSelector<SimulatedClient, Socket>) {
    this.#socket = socket;
    this.#selector = selector;
    this.connected = this.send(new Uint8Array(0));
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((gone, lost) => {
      this.#parcels.push({ bytes, gone, lost });
      this.#watch();
    });
  }

  hold(): void {
    this.#holds = true;
    this.#watch();
  }

  read(): void {
    this.#holds = false;
    this.#watch();
  }

  end(bytes: Uint8Array): void {
    this.send(bytes).catch(() => {}); // the next read reports it
    this.#ends = true;
  }

  async receive(length: number): Promise<Uint8Array> {
    const all = new Uint8Array(length);
    for (let come = 0; come < length; ) {
      const part = await this.#some(length - come);
      if (part === undefined) throw new Error(`the stream ended after ${come} of ${length} bytes`);
      all.set(part, come);
      come += part.length;
    }
    return all;
  }

  async rest(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let part = await this.#some(Infinity); part !== undefined; part = await this.#some(Infinity)) parts.push(part);
    return concatenated(parts);
  }

  async part(): Promise<void> {
    this.#socket.shutdown("write");
    const { length } = await this.rest();
    if (length > 0) throw new Error(`${length} bytes came back that nobody had sent`);
    this.#close();
  }

  /** What has come, and was not read, makes a reset of a close: this waits for something. */
  reset(): Promise<void> {
    return new Promise((resolve) => (this.#breaks = resolve));
  }

  async leave(): Promise<void> {
    this.#close();
  }

  /** For the selector's loop. `mask`: EVENT_READ, EVENT_WRITE, or both. */
  ready(mask: number): void {
    if (!this.#socket.isOpen) return;
    try {
      if (mask & EVENT_READ && this.#breaks !== undefined) this.#close();
      else this.#serve(mask);
    } catch (error) {
      this.#error = error as Error;
      this.#close();
    }
  }

  #serve(mask: number): void {
    if (mask & EVENT_WRITE) this.#deliver();
    if (mask & EVENT_READ) this.#take();
    this.#watch();
  }

  #deliver(): void {
    for (let parcel = this.#parcels[0]; parcel !== undefined; parcel = this.#parcels[0]) {
      const left = parcel.bytes.subarray(this.#sent);
      const count = left.length === 0 ? 0 : this.#socket.send(left);
      if (count === AGAIN) return;
      this.#sent += count;
      if (count < left.length) continue;
      this.#sent = 0;
      this.#parcels.shift();
      parcel.gone();
    }
    if (this.#ends) this.#socket.shutdown("write");
  }

  #take(): void {
    const chunk = new Uint8Array(LARGEST);
    const count = this.#socket.recv(chunk);
    if (count === AGAIN) return;
    if (count === 0) this.#over = true;
    else this.#chunks.push(chunk.subarray(0, count));
    this.#wake();
  }

  /** At most so many of the bytes that come next; undefined at the end of the stream. Rejects with what broke it. */
  async #some(most: number): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#error !== undefined) throw this.#error;
    if (chunk === undefined || chunk.length <= most) return chunk;
    this.#chunks.unshift(chunk.subarray(most));
    return chunk.subarray(0, most);
  }

  #watch(): void {
    const reads = this.#holds || this.#over ? 0 : EVENT_READ;
    const events = reads | (this.#parcels.length > 0 ? EVENT_WRITE : 0);
    const watched = this.#selector.getMap().has(this.#socket);
    if (events === 0 && watched) this.#selector.unregister(this.#socket);
    else if (events !== 0 && watched) this.#selector.modify(this.#socket, events, this);
    else if (events !== 0) this.#selector.register(this.#socket, events, this);
  }

  #close(): void {
    if (this.#selector.getMap().has(this.#socket)) this.#selector.unregister(this.#socket);
    this.#socket.close();
    for (const { lost } of this.#parcels.splice(0)) lost(this.#error ?? new Error("the connection was closed"));
    this.#over = true;
    this.#wake();
    this.#breaks?.();
  }
}

/** A core for clients on `network`, each of which connects to `address`. */
export async function openClients(network: SimulatedDriver, address: string): Promise<Connect> {
  const core = await Core.open({ driver: network });
  const selector = new DefaultSelector<SimulatedClient, Socket>(core);
  void (async () => {
    for (;;) for (const [{ data }, mask] of await selector.select()) data.ready(mask);
  })();
  return async () => {
    const client = new SimulatedClient(Socket.connect(core, address), selector);
    await client.connected;
    return client;
  };
}

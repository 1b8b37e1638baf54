/** A socket's part of the region, for both sides. `layout.ts` draws it. */
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { ByteRing } from "./byte-ring.ts";
import {
  ADDRESS_TEXT,
  INCOMING,
  INCOMING_READ,
  INCOMING_WRITTEN,
  MAX_ADDRESS,
  OUTGOING,
  OUTGOING_READ,
  OUTGOING_WRITTEN,
  RING_SIZE,
} from "./layout.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Beside a port. */
const IPV6_ONLY = 0x1_0000;

export class Channel {
  readonly index: number;
  readonly words: Int32Array;
  readonly incoming: ByteRing;
  readonly outgoing: ByteRing;
  readonly #header: Uint8Array;

  constructor(buffer: ArrayBufferLike, index: number, at: number) {
    this.index = index;
    this.words = new Int32Array(buffer, at, INCOMING / 4);
    this.#header = new Uint8Array(buffer, at, INCOMING);
    const ring = (offset: number) => new Uint8Array(buffer, at + offset, RING_SIZE);
    this.incoming = new ByteRing(this.words, INCOMING_WRITTEN, INCOMING_READ, ring(INCOMING));
    this.outgoing = new ByteRing(this.words, OUTGOING_WRITTEN, OUTGOING_READ, ring(OUTGOING));
  }

  /** Clears a channel that this side has just taken. */
  clear(): void {
    this.#header.fill(0);
  }

  word(word: number): number {
    return Atomics.load(this.words, word);
  }

  set(word: number, value: number): void {
    Atomics.store(this.words, word, value);
  }

  /** `place`: LOCAL or REMOTE. The other side may read it only after a word or a queue has reported it. */
  setAddress(place: number, { host, port, ipv6Only }: SocketAddress): void {
    const { written } = encoder.encodeInto(host, scratch);
    this.#header.set(scratch.subarray(0, written), place + ADDRESS_TEXT);
    this.words[place / 4] = ipv6Only === true ? port | IPV6_ONLY : port;
    this.words[place / 4 + 1] = written;
  }

  address(place: number): SocketAddress {
    const text = this.#header.slice(place + ADDRESS_TEXT, place + ADDRESS_TEXT + this.words[place / 4 + 1]);
    const port = this.words[place / 4];
    return port < IPV6_ONLY
      ? { host: decoder.decode(text), port }
      : { host: decoder.decode(text), port: port - IPV6_ONLY, ipv6Only: true };
  }
}

const scratch = new Uint8Array(MAX_ADDRESS);

/** A socket's part of the region, for both sides. `layout.ts` draws it. */
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { ByteRing, type RingMemory, type RingWords } from "./byte-ring.ts";
import {
  ADDRESS_LENGTH,
  ADDRESS_PORT,
  ADDRESS_TEXT,
  HEADER_SIZE,
  INCOMING_READ,
  INCOMING_START,
  INCOMING_WRITTEN,
  MAX_ADDRESS,
  MAX_HOST,
  OUTGOING_READ,
  OUTGOING_START,
  OUTGOING_WRITTEN,
  RING_SIZE,
} from "./layout.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Beside a port. */
const IPV6_ONLY = 0x1_0000;

const INCOMING: RingWords = { written: INCOMING_WRITTEN, read: INCOMING_READ, start: INCOMING_START };
const OUTGOING: RingWords = { written: OUTGOING_WRITTEN, read: OUTGOING_READ, start: OUTGOING_START };

export class Channel {
  readonly index: number;
  readonly #memory: RingMemory;
  readonly #rings: number;
  /** Made when they are first used: an idle socket's I/O end never does. */
  #incoming: ByteRing | undefined;
  #outgoing: ByteRing | undefined;
  /** The number of its first word in the region. */
  readonly first: number;

  /** `header`, `rings`: where they are in the region. */
  constructor(memory: RingMemory, index: number, header: number, rings: number) {
    this.index = index;
    this.first = header / 4;
    this.#memory = memory;
    this.#rings = rings;
  }

  get incoming(): ByteRing {
    return (this.#incoming ??= new ByteRing(this.#memory, INCOMING, this.first, this.#rings, RING_SIZE));
  }

  get outgoing(): ByteRing {
    return (this.#outgoing ??= new ByteRing(this.#memory, OUTGOING, this.first, this.#rings + RING_SIZE, RING_SIZE));
  }

  /** Whether there are unread bytes, for their reader. */
  get hasIncoming(): boolean {
    const { words } = this.#memory;
    return Atomics.load(words, this.first + INCOMING_WRITTEN) !== words[this.first + INCOMING_READ];
  }

  /** Whether there are unread bytes, for their writer. */
  get hasOutgoing(): boolean {
    const { words } = this.#memory;
    return Atomics.load(words, this.first + OUTGOING_READ) !== words[this.first + OUTGOING_WRITTEN];
  }

  /** Clears a channel that this side has just taken. */
  clear(): void {
    this.#memory.words.fill(0, this.first, this.first + HEADER_SIZE / 4);
  }

  word(word: number): number {
    return Atomics.load(this.#memory.words, this.first + word);
  }

  set(word: number, value: number): void {
    Atomics.store(this.#memory.words, this.first + word, value);
  }

  /**
   * `place`: LOCAL or REMOTE. The other side may read it only after a word or a queue has reported it.
   */
  setAddress(place: number, { host, port, ipv6Only }: SocketAddress): void {
    const { words, bytes } = this.#memory;
    const { written } = encoder.encodeInto(host, scratch);
    bytes.set(scratch.subarray(0, written), this.#textOf(place, port));
    words[this.first + ADDRESS_PORT + place] = ipv6Only === true ? port | IPV6_ONLY : port;
    words[this.first + ADDRESS_LENGTH + place] = written;
  }

  address(place: number): SocketAddress {
    const { words, bytes } = this.#memory;
    const port = words[this.first + ADDRESS_PORT + place];
    const at = this.#textOf(place, port);
    // A copy: decoders refuse shared memory.
    const text = new Uint8Array(bytes.subarray(at, at + words[this.first + ADDRESS_LENGTH + place]));
    return port < IPV6_ONLY
      ? { host: decoder.decode(text), port }
      : { host: decoder.decode(text), port: port - IPV6_ONLY, ipv6Only: true };
  }

  /** Whether the address is a Unix socket's. */
  isPath(place: number): boolean {
    return this.#memory.words[this.first + ADDRESS_PORT + place] === -1;
  }

  /** Where the text of an address is: that of a path, which has no port, at the beginning. */
  #textOf(place: number, port: number): number {
    return this.first * 4 + ADDRESS_TEXT + (port === -1 ? 0 : place * MAX_HOST);
  }
}

const scratch = new Uint8Array(MAX_ADDRESS);

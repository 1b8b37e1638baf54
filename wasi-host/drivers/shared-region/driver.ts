/**
 * A driver for sockets that need an event loop. It answers the contract's calls from shared memory. The I/O end owns the
 * sockets, on another thread or on this one.
 *
 * Pipes and Unix pairs are objects of the client end: both of their ends belong to this process.
 */
import { Errno } from "../../abi/errno.ts";
import type { SocketAddress } from "../../addresses/socket-address.ts";
import { canonical, type Interfaces, subjectOf } from "../../addresses/zones.ts";
import { SystemError } from "../../errors/system-error.ts";
import { monotonic, realtime } from "../../runtime/clock.ts";
import { fillRandom } from "../../runtime/random.ts";
import type { DeferredListening, Inheritance, UnixPaths } from "../contract/capabilities.ts";
import { STREAM_OPTIONS } from "../contract/socket-options.ts";
import { isPort } from "../endpoints/address-check.ts";
import { EndpointDriver } from "../endpoints/driver.ts";
import { BufferedBoundSocket } from "./bound-socket.ts";
import type { Channel } from "./channel.ts";
import { type ChannelEndpoint, ClientEnd } from "./client-end.ts";
import { BufferedDatagrams } from "./datagrams.ts";
import { BufferedInput } from "./input.ts";
import {
  ARGUMENT,
  INHERITED,
  KIND_DATAGRAMS,
  KIND_LISTENER,
  KIND_STDIN,
  KIND_STREAM,
  LOCAL,
  REMOTE,
  REQUEST_OPEN,
} from "./layout.ts";
import type { Link } from "./link.ts";
import { BufferedListener } from "./listener.ts";
import type { SharedRegion } from "./region.ts";
import { BufferedSleep } from "./sleep.ts";
import { BufferedStream } from "./stream.ts";

const BUFFER_SIZE = 65_536;
const FOREVER = new AbortController().signal;
/** Nanoseconds after which an I/O end without an answer has failed. */
const ANSWER_TIMEOUT = 30e9;
/** Nanoseconds for sending the rest when the driver is disposed. */
const DRAIN_TIMEOUT = 2e9;

/** The sockets that an I/O end serves. */
export interface NetworkKind {
  readonly name: string;
  /** The interfaces that addresses' zones can name. */
  readonly interfaces: Interfaces;
  readonly datagrams: boolean;
  /** Whether the process can pass on sockets, and wait for its standard input. */
  readonly inherits?: { readonly standardInput: boolean };
  readonly unixPaths?: UnixPaths;
}

export class BufferedDriver extends EndpointDriver {
  readonly name: string;
  readonly unixPaths: UnixPaths | undefined;
  readonly inheritance: Inheritance | undefined;
  readonly deferredListening: DeferredListening | undefined;
  protected readonly sleep: BufferedSleep;
  protected readonly streamOptions: number;
  protected readonly interfaces: Interfaces;
  readonly #client: ClientEnd;
  readonly #link: Link;

  constructor(region: SharedRegion, link: Link, kind: NetworkKind) {
    super(BUFFER_SIZE, Infinity, kind.datagrams);
    this.name = kind.name;
    this.interfaces = kind.interfaces;
    this.unixPaths = kind.unixPaths;
    this.#link = link;
    this.#client = new ClientEnd(region, link);
    this.streamOptions = this.#client.keepsOptions ? STREAM_OPTIONS : 0;
    this.sleep = new BufferedSleep(this.#client, link);
    const { inherits } = kind;
    if (inherits !== undefined) {
      this.inheritance = {
        listener: (osDescriptor) => this.#inheritListener(osDescriptor),
        standardInput: () => (inherits.standardInput ? this.#openInput() : -1),
      };
    }
    if (link.wait === undefined)
      this.deferredListening = { opened: (handle, address) => this.#opened(handle, address) };
  }

  now(): bigint {
    return monotonic();
  }

  timeOfDay(): bigint {
    return realtime();
  }

  random(bytes: Uint8Array): void {
    fillRandom(bytes);
  }

  listen(wanted: SocketAddress, backlog = 4096): number {
    const address = this.#check(wanted);
    const channel = this.#channel(KIND_LISTENER, LOCAL, address);
    channel.set(ARGUMENT, Math.max(0, backlog));
    return this.#open(new BufferedListener(this.#client, channel), "bind", address);
  }

  protected openBound(wanted: SocketAddress): number {
    const address = this.#check(wanted);
    this.claim(1, "socket");
    return this.#open(BufferedBoundSocket.create(this.#client, address), "bind", address);
  }

  #inheritListener(osDescriptor: number): number {
    const channel = this.#channel(KIND_LISTENER, LOCAL, { host: String(osDescriptor), port: INHERITED });
    return this.#open(new BufferedListener(this.#client, channel), "listen", { host: String(osDescriptor), port: -1 });
  }

  connect(wanted: SocketAddress): number {
    const address = this.#check(wanted);
    const channel = this.#channel(KIND_STREAM, REMOTE, address);
    const stream = new BufferedStream(this.#client, channel, address.port === -1);
    if (address.port === -1) return this.#open(stream, "connect", address);
    this.#client.request(channel, REQUEST_OPEN);
    return this.handles.insert(stream);
  }

  protected openDatagrams(wanted: SocketAddress): number {
    const address = this.#check(wanted);
    const channel = this.#channel(KIND_DATAGRAMS, LOCAL, address);
    return this.#open(new BufferedDatagrams(this.#client, channel), "bind", address);
  }

  #openInput(): number {
    this.claim(1, "stdin");
    return this.handles.insert(new BufferedInput(this.#client, this.#client.take(KIND_STDIN)));
  }

  /** Returns the canonical address. Throws for an invalid one. */
  #check(address: SocketAddress): SocketAddress {
    const { port } = address;
    if (!isPort(port) && port !== -1) throw new SystemError(Errno.INVAL, "address", subjectOf(address));
    return canonical(address, this.interfaces);
  }

  #channel(kind: number, place: number, address: SocketAddress): Channel {
    this.claim(1, "socket");
    const channel = this.#client.take(kind);
    channel.setAddress(place, address);
    return channel;
  }

  /** Waits for the answer if the thread may sleep; otherwise `deferredListening` does. */
  #open(endpoint: ChannelEndpoint, syscall: string, address: SocketAddress): number {
    const handle = this.handles.insert(endpoint);
    this.#client.request(endpoint.channel, REQUEST_OPEN);
    if (this.#link.wait === undefined) return handle;
    const deadline = this.sleep.deadline(ANSWER_TIMEOUT);
    while (!endpoint.settled && this.sleep.step(deadline));
    this.#checkOpen(handle, endpoint, syscall, address);
    return handle;
  }

  #checkOpen(handle: number, endpoint: ChannelEndpoint, syscall: string, address: SocketAddress): void {
    if (!endpoint.settled) throw new Error(`the ${this.name} driver's thread does not answer`);
    const error = endpoint.takeError();
    if (error === 0) return;
    this.handles.close(handle, false);
    throw new SystemError(error, syscall, subjectOf(address));
  }

  async #opened(handle: number, address: SocketAddress): Promise<void> {
    const endpoint = this.handles.get(handle) as ChannelEndpoint;
    await this.sleep.until(() => endpoint.settled, ANSWER_TIMEOUT, FOREVER);
    this.#checkOpen(handle, endpoint, "bind", address);
  }

  /** Earlier bytes are sent if that does not take long. */
  override dispose(): void {
    super.dispose();
    const deadline = this.sleep.deadline(DRAIN_TIMEOUT);
    try {
      if (this.#link.wait !== undefined) while (!this.#client.idle && this.sleep.step(deadline));
    } catch {
      // The I/O end has ended: nothing is sent any more.
    }
    this.#link.close();
  }
}

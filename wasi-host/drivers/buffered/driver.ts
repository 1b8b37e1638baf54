/**
 * A driver over sockets that only an event loop can serve: the contract's calls are answered here, from memory; the sockets
 * are the back's, on another thread or on this one. Nothing here knows whose sockets they are.
 *
 * Pipes and Unix pairs are this half's own: nobody outside is at their other ends.
 */
import { Errno } from "../../errno.ts";
import { SystemError } from "../../system-error.ts";
import type { SocketAddress } from "../driver.ts";
import { checkAddress, isPort } from "../endpoints/address-check.ts";
import { EndpointDriver } from "../endpoints/driver.ts";
import type { Block } from "./block.ts";
import { BufferedDatagrams } from "./datagrams.ts";
import { Front, type LineEndpoint } from "./front.ts";
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
import type { Line } from "./line.ts";
import type { Link } from "./link.ts";
import { BufferedListener } from "./listener.ts";
import { BufferedSleep } from "./sleep.ts";
import { BufferedStream } from "./stream.ts";

const BUFFER_SIZE = 65_536;
const FOREVER = new AbortController().signal;
/** Nanoseconds: a back that has not answered within them will not. */
const PATIENCE = 30e9;
/** Nanoseconds in which what was sent has to go out when the driver is disposed of. */
const LAST_WORDS = 2e9;

export class BufferedDriver extends EndpointDriver {
  readonly name: string;
  readonly supports = { adopt: false };
  protected readonly sleep: BufferedSleep;
  readonly #front: Front;
  readonly #link: Link;
  readonly #hasInput: boolean;

  /** `hasInput`: can the back wait for the process's standard input? */
  constructor(name: string, block: Block, link: Link, hasInput: boolean) {
    super(BUFFER_SIZE, Infinity);
    this.name = name;
    this.#link = link;
    this.#hasInput = hasInput;
    this.#front = new Front(block, link);
    this.sleep = new BufferedSleep(this.#front, link);
  }

  listen(address: SocketAddress, backlog = 4096): number {
    check(address);
    const line = this.#line(KIND_LISTENER, LOCAL, address);
    line.set(ARGUMENT, backlog);
    return this.#open(new BufferedListener(this.#front, line), "bind", address);
  }

  /** As the contract's: a socket that listens already, by the operating system's descriptor. */
  inherit(osDescriptor: number): number {
    const line = this.#line(KIND_LISTENER, LOCAL, { host: String(osDescriptor), port: INHERITED });
    return this.#open(new BufferedListener(this.#front, line), "listen", { host: String(osDescriptor), port: -1 });
  }

  connect(address: SocketAddress): number {
    check(address);
    const line = this.#line(KIND_STREAM, REMOTE, address);
    const stream = new BufferedStream(this.#front, line, address.port === -1);
    if (address.port === -1) return this.#open(stream, "connect", address);
    this.#front.request(line, REQUEST_OPEN);
    return this.handles.insert(stream);
  }

  datagrams(address: SocketAddress): number {
    check(address);
    const line = this.#line(KIND_DATAGRAMS, LOCAL, address);
    return this.#open(new BufferedDatagrams(this.#front, line), "bind", address);
  }

  /** As the contract's. */
  standardInput(): number {
    if (!this.#hasInput) return -1;
    this.claim(1, "stdin");
    return this.handles.insert(new BufferedInput(this.#front, this.#front.take(KIND_STDIN)));
  }

  #line(kind: number, place: number, address: SocketAddress): Line {
    this.claim(1, "socket");
    const line = this.#front.take(kind);
    line.setAddress(place, address);
    return line;
  }

  /** Where the thread may sleep it waits for the answer; else `opened` does. */
  #open(endpoint: LineEndpoint, syscall: string, address: SocketAddress): number {
    const handle = this.handles.insert(endpoint);
    this.#front.request(endpoint.line, REQUEST_OPEN);
    if (this.#link.wait === undefined) return handle;
    const deadline = this.sleep.deadline(PATIENCE);
    while (!endpoint.settled && this.sleep.step(deadline));
    this.#checkOpen(handle, endpoint, syscall, address);
    return handle;
  }

  #checkOpen(handle: number, endpoint: LineEndpoint, syscall: string, address: SocketAddress): void {
    if (!endpoint.settled) throw new Error(`the ${this.name} driver's thread does not answer`);
    const error = endpoint.takeError();
    if (error === 0) return;
    this.handles.close(handle, false);
    throw new SystemError(error, syscall, textOf(address));
  }

  async opened(handle: number, address: SocketAddress): Promise<void> {
    const endpoint = this.handles.get(handle) as LineEndpoint;
    await this.sleep.until(() => endpoint.settled, PATIENCE, FOREVER);
    this.#checkOpen(handle, endpoint, "bind", address);
  }

  /** What was sent before goes out, if that does not take long. */
  override dispose(): void {
    super.dispose();
    const deadline = this.sleep.deadline(LAST_WORDS);
    try {
      if (this.#link.wait !== undefined) while (!this.#front.idle && this.sleep.step(deadline));
    } catch {
      // The back has ended: nothing goes out any more.
    }
    this.#link.close();
  }
}

/** As Linux' sockaddr_un has it. */
const LONGEST_PATH = 107;

function check(address: SocketAddress): void {
  checkAddress(address);
  if (!isPort(address.port) && address.port !== -1) throw new SystemError(Errno.INVAL, "address", textOf(address));
  if (address.port !== -1 || new TextEncoder().encode(address.host).length <= LONGEST_PATH) return;
  throw new SystemError(Errno.NAMETOOLONG, "address", address.host);
}

function textOf({ host, port }: SocketAddress): string {
  return port === -1 ? host : `${host}:${port}`;
}

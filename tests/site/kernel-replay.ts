/**
 * Replays a session's log on the kernel: real TCP connections over loopback, real epoll instances, the same calls in the same order.
 *
 * A call of the page that sleeps is a wait without a sleep here, which must find nothing; so is each `wake` that sleeps on. Time does not
 * pass. The buffers of the kernel are much larger than a page's, so that only sessions whose sends fit can be compared.
 */
import os from "node:os";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Action, Event, Outcome } from "../../site/session/actions.ts";
import type { LogEntry } from "../../site/session/snapshot.ts";
import { EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLWRBAND, EPOLLWRNORM, SystemError } from "../../src/index.ts";
import { PosixDriver } from "../../wasi-host/internal-node.ts";
import * as kernel from "../linux/epoll.ts";
import { packetPair as idlePair } from "../linux/sockets.ts";
import * as tcp from "../linux/tcp.ts";

/** A step in which the kernel gave something else. */
export interface Difference {
  readonly step: number;
  readonly action: Action;
  readonly page: Outcome;
  readonly kernel: Outcome;
}

const OPS = { add: 1, del: 2, mod: 3 } as const;
/** A number that no descriptor has. */
const CLOSED = 999_999;
const WRITE_SIDE = 1;
const buffer = new Uint8Array(65_536);

interface Peer {
  readonly handle: number;
  readonly listener: number;
  accepted: boolean;
  reads: boolean;
  open: boolean;
}

/** What the kernel gives for each step of a session's log. */
export function answersOfKernel(log: readonly LogEntry[]): Outcome[] {
  const replay = new KernelReplay();
  try {
    return log.map(({ action, outcome }) => replay.act(action, outcome));
  } finally {
    replay.dispose();
  }
}

/** The steps of a session's log in which the kernel gives something else. */
export function replayOnKernel(log: readonly LogEntry[]): Difference[] {
  const answers = answersOfKernel(log);
  return log.flatMap(({ action, outcome, step }, index) =>
    same(outcome, answers[index]) ? [] : [{ step, action, page: outcome, kernel: answers[index] }],
  );
}

/** Sends that fill the kernel's buffers are other sends; and an exclusive watch needs a thread that sleeps. */
export function isComparable(action: Action): boolean {
  if (action.call === "client_flood") return false;
  if (action.call === "epoll_ctl") return ((action.events ?? 0) & EPOLLEXCLUSIVE) === 0;
  return action.call !== "select" || action.writers.length === 0;
}

/** Numbers of descriptors are the program's own affair; everything else is compared. */
function same(page: Outcome, given: Outcome): boolean {
  if (page.errno !== given.errno) return false;
  if (page.events === undefined && page.asleep === undefined) return true;
  return JSON.stringify(page.events ?? []) === JSON.stringify(given.events ?? []);
}

class KernelReplay {
  readonly #driver = new PosixDriver();
  /** The kernel's descriptors by the page's. */
  readonly #handles = new Map<number, number>();
  readonly #listeners = new Set<number>();
  readonly #peers: Peer[] = [];
  readonly #sleepers = new Map<number, Action>();
  readonly #crowd: number[] = [];

  act(action: Action, page: Outcome): Outcome {
    const outcome = this.#call(action, page);
    this.#settle();
    // A receive without bytes would take an error that the client has not asked for.
    for (const { open, reads, handle } of this.#peers) {
      while (open && reads && this.#driver.available(handle) > 0)
        this.#driver.recv(handle, buffer, 0, buffer.length, 0);
    }
    this.#settle();
    return outcome;
  }

  #settle(): void {
    const peers = this.#peers.filter(({ open }) => open).map(({ handle }) => handle);
    const sockets = [...this.#handles].filter(([fd]) => fd < INSTANCE_FD_BASE && !this.#listeners.has(fd));
    tcp.settle([...peers, ...sockets.map(([, handle]) => handle)]);
  }

  #handle(fd: number): number {
    return this.#handles.get(fd) ?? CLOSED;
  }

  #call(action: Action, page: Outcome): Outcome {
    switch (action.call) {
      case "listen": {
        this.#listeners.add(page.value);
        return this.#opened(page, this.#driver.listen({ host: "127.0.0.1", port: 0 }, action.backlog ?? 128));
      }
      case "connect":
        return this.#connect(action.fd);
      case "accept":
        return this.#accept(action.fd, page);
      case "recv":
        return this.#result(kernel.recv(this.#handle(action.fd), buffer, action.length ?? buffer.length));
      case "send":
        return this.#result(kernel.send(this.#handle(action.fd), buffer, action.length));
      case "shutdown":
        return this.#result(kernel.shutdown(this.#handle(action.fd), WRITE_SIDE));
      case "close":
        return this.#close(action.fd);
      case "epoll_create":
        return this.#opened(page, kernel.create());
      case "epoll_ctl": {
        const events = (action.events ?? 0) >>> 0;
        return this.#result(
          kernel.ctl(this.#handle(action.ep), OPS[action.op], this.#handle(action.fd), events, BigInt(action.fd)),
        );
      }
      case "epoll_wait":
      case "poll":
      case "select":
        if (page.asleep !== undefined) this.#sleepers.set(page.asleep, action);
        return this.#wait(action);
      case "wake":
        return this.#wait(this.#sleepers.get(action.sleeper)!);
      case "client_send":
      case "client_flood": {
        const length = action.call === "client_send" ? action.length : page.value;
        return this.#peer(action.client, ({ handle }) => kernel.send(handle, buffer, length));
      }
      case "client_recv":
        return this.#peer(action.client, ({ handle }) => kernel.recv(handle, buffer, action.length ?? buffer.length));
      case "client_reads":
        return this.#peer(action.client, (peer) => {
          peer.reads = action.on;
          return 0;
        });
      case "client_shutdown":
        return this.#peer(action.client, ({ handle }) => kernel.shutdown(handle, WRITE_SIDE));
      case "client_close":
      case "client_reset":
        return this.#peer(action.client, (peer) => {
          if (action.call === "client_reset") tcp.resetOnClose(peer.handle);
          kernel.close(peer.handle);
          peer.open = false;
          return 0;
        });
      case "crowd":
        return this.#gather(action.count, action.ep);
      case "advance":
        return { value: 0 };
    }
  }

  #result(outcome: kernel.Outcome): Outcome {
    if (typeof outcome === "number") return { value: outcome };
    // One number, and two names.
    return { value: -1, errno: outcome === "EWOULDBLOCK" ? "EAGAIN" : outcome };
  }

  /** Notes the kernel's descriptor under the page's number. */
  #opened(page: Outcome, handle: number): Outcome {
    if (page.errno === undefined) this.#handles.set(page.value, handle);
    return { value: page.value };
  }

  #connect(fd: number): Outcome {
    const address = this.#listeners.has(fd) ? this.#driver.localAddress(this.#handle(fd)) : undefined;
    if (address === undefined) return this.#result(this.#handles.has(fd) ? "EINVAL" : "EBADF");
    const handle = this.#driver.connect(address);
    tcp.prepare(handle);
    // Over loopback the connection is established when connect(2) returns; a non-blocking one too.
    this.#peers.push({ handle, listener: fd, accepted: false, reads: true, open: true });
    return { value: this.#peers.length };
  }

  #accept(fd: number, page: Outcome): Outcome {
    const handle = this.#driver.accept(this.#handle(fd));
    if (handle < 0) return this.#result(new SystemError(-handle, "accept").code);
    tcp.prepare(handle);
    return this.#opened(page, handle);
  }

  #close(fd: number): Outcome {
    const handle = this.#handles.get(fd);
    if (handle === undefined) return this.#result("EBADF");
    kernel.close(handle);
    this.#handles.delete(fd);
    this.#listeners.delete(fd);
    return { value: 0 };
  }

  #peer(client: number, call: (peer: Peer) => kernel.Outcome): Outcome {
    const peer = this.#peers[client - 1];
    return this.#result(peer?.open === true ? call(peer) : "EBADF");
  }

  /** Numbers of one idle socket: a watch is of a number and its file, so that each of them can be watched. */
  #gather(count: number, ep: number | undefined): Outcome {
    this.#crowd.push(...idlePair());
    for (let made = 0; made < count; made++) {
      const fd = kernel.duplicate(this.#crowd[0]);
      this.#crowd.push(fd);
      if (ep === undefined) continue;
      const added = kernel.ctl(this.#handle(ep), OPS.add, fd, EPOLLIN, BigInt(fd));
      if (added !== 0) return this.#result(added);
    }
    return { value: count };
  }

  /** A wait that does not sleep. */
  #wait(action: Action): Outcome {
    switch (action.call) {
      case "epoll_wait": {
        const delivered = kernel.wait(this.#handle(action.ep), action.most);
        if (typeof delivered === "string") return this.#result(delivered);
        return found(delivered.map(({ data, events }) => ({ fd: Number(data), events })));
      }
      case "poll": {
        const revents = kernel.poll(action.fds.map(([fd, events]) => [this.#handle(fd), events]));
        if (typeof revents === "string") return this.#result(revents);
        return found(action.fds.map(([fd], index) => ({ fd, events: asPosix(revents[index]) })));
      }
      case "select": {
        // select(2) ignores numbers above the table of descriptors. CLOSED is such a number.
        if (!action.readers.every((fd) => this.#handles.has(fd))) return this.#result("EBADF");
        const left = kernel.select(action.readers.map((fd) => this.#handle(fd)));
        if (typeof left === "string") return this.#result(left);
        const ready = action.readers.filter((_, index) => left[index]).map((fd) => ({ fd, events: EPOLLIN }));
        return found(ready);
      }
      default:
        throw new Error(`${action.call} does not sleep`);
    }
  }

  dispose(): void {
    for (const { handle, open } of this.#peers) if (open) kernel.close(handle);
    for (const handle of [...this.#handles.values(), ...this.#crowd]) kernel.close(handle);
    this.#driver.dispose();
  }
}

/** HUP and OUT never come together, as POSIX demands. Linux reports both, and the engine does not. */
function asPosix(revents: number): number {
  return (revents & EPOLLHUP) === 0 ? revents : revents & ~(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
}

function found(events: readonly Event[]): Outcome {
  const ready = events.filter((event) => event.events !== 0);
  return { value: ready.length, events: ready };
}

/** Whether this machine has a kernel to compare with. */
export const HAS_KERNEL = os.platform() === "linux";

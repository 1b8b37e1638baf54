/**
 * Two connected ends on one driver, watched through one queue of wakeups: the steps of a random sequence, and their
 * visible effects. The same steps must have the same effects on two drivers.
 *
 * Only these are left out of the comparison, because the kernel's answer depends on more than the steps:
 * - The number of bytes that fit into a buffer, or into the rest of a full one. Sequences write a few bytes, or until
 * nothing fits; a full buffer is read to its end. (Pipes are compared byte for byte, because their pages are known.)
 * - What a TCP sender with full buffers can still send: the kernel's buffers grow and shrink, full or not. It sends
 * again when
 *   the peer has read.
 * - TCP's wakeups of a sender while it fills its buffers: each acknowledgement meanwhile may make room for a moment.
 * Wakeups queued earlier are taken before, and later ones of the filling end are not shown.
 * - TCP to a peer without room that has shut down its read side: it never announces room, and the sender finds out by a
 * timer (200 ms and more). No step fills such a peer, and a full one shuts down only its write side.
 * - TCP's delays: `linux/tcp.ts` switches them off, or waits for them.
 * - The order of wakeups under different masks, as in the contract; with TCP, also the order of the two ends' wakeups
 *   under one mask, because they come from different sides of the loopback device.
 * - Wakeups that `arm` collects: the posix driver then reads the mask's kernel queue. Each arm follows a take.
 */

import { READINESS } from "../../assembly/abi/events.ts";
import { errnoName } from "../../wasi-host/abi/errno.ts";
import type { Driver, EdgeQueue } from "../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../wasi-host/drivers/contract/pollfd.ts";
import { SimulatedDriver } from "../../wasi-host/drivers/simulated/index.ts";
import * as kernel from "../linux/tcp.ts";

export type Kind = "unix" | "tcp" | "pipe";
/** In a pipe, end 0 reads and 1 writes. Over TCP, 0 has connected and 1 was accepted. */
export type End = 0 | 1;

export type Step =
  | { readonly do: "send" | "recv"; readonly end: End; readonly length: number }
  | { readonly do: "peek" | "fill" | "drain" | "close" | "reset" | "takeError" | "available"; readonly end: End }
  | { readonly do: "shutdown"; readonly end: End; readonly how: number }
  | { readonly do: "arm" | "disarm"; readonly end: End; readonly mask: number }
  | { readonly do: "take" }
  | { readonly do: "look" };

const bytes = new Uint8Array(new ArrayBuffer(1 << 18));
const ROOM = 64;
const records = new DataView(new ArrayBuffer(8 * ROOM));
const fds = pollfds(2);

export class Pair {
  readonly #driver: Driver;
  readonly #tcp: boolean;
  readonly #ends: readonly [number, number];
  readonly #edges: EdgeQueue;
  readonly #open = [true, true];
  /** By receiver: whether a full buffer is on its way to it. */
  readonly #full = [false, false];
  /** By receiver: whether its read side is shut down. */
  readonly #deaf = [false, false];

  constructor(driver: Driver, kind: Kind) {
    this.#driver = driver;
    this.#tcp = kind === "tcp";
    if (kind === "tcp") this.#ends = connected(driver);
    else this.#ends = kind === "unix" ? driver.socketPair() : driver.pipe();
    this.#edges = driver.edges();
  }

  close(): void {
    for (const handle of this.#handles) this.#driver.close(handle);
    this.#edges.close();
  }

  /** The outcome of a step, in the same words on every driver. */
  run(step: Step): string {
    if (step.do === "take") return this.#take();
    if (step.do === "look") return this.#look();
    if (!this.#open[step.end]) return "closed";
    const shown = this.#act(step);
    this.#settle();
    return shown;
  }

  #act(step: Exclude<Step, { do: "take" | "look" }>): string {
    const driver = this.#driver;
    const handle = this.#ends[step.end];
    switch (step.do) {
      case "send":
        return this.#tcp && this.#full[step.end ^ 1] ? "left out" : outcome(driver.send(handle, bytes, 0, step.length));
      case "recv":
        return this.#full[step.end] ? this.#drain(step.end) : outcome(driver.recv(handle, bytes, 0, step.length, 0));
      case "peek":
        return outcome(driver.recv(handle, bytes, 0, 1, 1));
      case "available":
        return this.#full[step.end] || this.#full[step.end ^ 1] ? "some" : String(driver.available(handle));
      case "fill":
        return this.#fill(step.end);
      case "drain":
        return this.#drain(step.end);
      case "shutdown":
        return this.#shutdown(step.end, step.how);
      case "takeError":
        return outcome(-driver.takeError(handle));
      case "arm":
        return `${this.#take()} ${outcome(this.#edges.arm(handle, step.mask, step.end))}`;
      case "disarm":
        this.#edges.disarm(handle, step.mask, step.end);
        return "";
      default:
        return this.#close(step.end, step.do === "reset");
    }
  }

  #fill(end: End): string {
    const handle = this.#ends[end];
    const peer = end ^ 1;
    if (this.#tcp && (this.#deaf[peer] || this.#full[peer])) return "left out";
    const before = this.#tcp ? this.#take() : "";
    const { moved, result } = this.#repeat(() => this.#driver.send(handle, bytes, 0, bytes.length));
    if (moved) this.#full[peer] = true;
    const after = this.#tcp ? this.#take(peer) : "";
    return `${before} ${moved} ${outcome(result)} ${after}`;
  }

  #drain(end: End): string {
    const { moved, result } = this.#repeat(() => this.#driver.recv(this.#ends[end], bytes, 0, bytes.length, 0));
    this.#full[end] = false;
    return `${moved} ${outcome(result)}`;
  }

  /** Until nothing moves any more, although everything under way has arrived. */
  #repeat(move: () => number): { moved: boolean; result: number } {
    let moved = false;
    for (;;) {
      const result = move();
      if (result > 0) {
        moved = true;
        continue;
      }
      this.#settle();
      if (move() <= 0) return { moved, result };
      moved = true;
    }
  }

  #shutdown(end: End, how: number): string {
    const meant = this.#tcp && this.#full[end] ? how & 2 : how;
    if (meant === 0) return "left out";
    if ((meant & 1) !== 0) this.#deaf[end] = true;
    return outcome(this.#driver.shutdown(this.#ends[end], meant));
  }

  #close(end: End, abruptly: boolean): string {
    const handle = this.#ends[end];
    this.#open[end] = false;
    this.#edges.forget(handle, end);
    if (abruptly && this.#tcp) {
      if (this.#driver instanceof SimulatedDriver) return outcome(this.#driver.reset(handle));
      kernel.resetOnClose(handle);
    }
    return outcome(this.#driver.close(handle));
  }

  get #handles(): number[] {
    return this.#ends.filter((_, end) => this.#open[end]);
  }

  #settle(): void {
    if (this.#tcp && this.#driver.name === "posix") kernel.settle(this.#handles);
  }

  /** The wakeups since the last call: by mask, and under a mask oldest first. `only`: those of this end. */
  #take(only?: number): string {
    const taken: { key: number; mask: number; text: string }[] = [];
    for (let count = 1; count > 0; ) {
      count = this.#edges.take(records, 0, ROOM);
      for (let at = 0; at < count * 8; at += 8) {
        const [key, mask, ready] = [
          records.getUint32(at, true),
          records.getUint16(at + 4, true),
          records.getUint16(at + 6, true),
        ];
        if (only === undefined || only === key) taken.push({ key, mask, text: `${key}/${hex(mask)}:${hex(ready)}` });
      }
    }
    // Over TCP, data may arrive during the take: it is still one wakeup.
    const shown = this.#tcp
      ? taken.filter(({ text }, index) => taken.findIndex((o) => o.text === text) === index)
      : taken;
    shown.sort((one, other) => one.mask - other.mask || (this.#tcp ? one.key - other.key : 0));
    return `[${shown.map(({ text }) => text).join(" ")}]`;
  }

  #look(): string {
    for (const end of [0, 1]) setPollfd(fds, end, this.#open[end] ? this.#ends[end] : -1, READINESS);
    this.#driver.poll(fds, 2, 0);
    return `${hex(revents(fds, 0))} ${hex(revents(fds, 1))}`;
  }
}

function connected(driver: Driver): [number, number] {
  const listener = driver.listen({ host: "127.0.0.1", port: 0 });
  const client = driver.connect(driver.localAddress(listener)!);
  setPollfd(fds, 0, listener, 1);
  driver.poll(fds, 1, Infinity);
  const server = driver.accept(listener);
  driver.close(listener);
  if (driver.name === "posix") for (const handle of [client, server]) kernel.prepare(handle);
  return [client, server];
}

function outcome(result: number): string {
  return result < 0 ? errnoName(-result) : String(result);
}

function hex(bits: number): string {
  return bits.toString(16);
}

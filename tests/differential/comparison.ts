/**
 * One program on the kernel's epoll and on ours, call by call; a `Difference` is thrown if the answers differ.
 *
 * Everything has a name: instances, streams, and invalid descriptors (`side.ts`). A call moves data once: both sides
 * watch the same descriptors, or each its own (`Streams` on both).
 */
import { EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "../../src/constants.ts";
import type { Delivered, Outcome } from "../linux/epoll.ts";
import type { Reference } from "./reference.ts";
import { type Call, showCall } from "./script.ts";
import type { Entry, Observer, Side, Streams } from "./side.ts";
import type { Subject } from "./subject.ts";
import { Unobservable } from "./unobservable.ts";
import { Watches } from "./watches.ts";

export class Difference extends Error {}

const ALL_EVENTS = 64;
/** Odd, so that its multiples reach all of 64 bits. */
const SPREAD = 0x9e37_79b9_7f4a_7c15n;
const MAX_TURNS = 10_000;

export class Comparison {
  readonly calls: Call[] = [];
  readonly watches = new Watches();
  readonly unobservable: Unobservable;
  /** The engine looks before every call that moves data, as in a program that waits all the time. */
  prompt = false;
  /** The number of delivered and compared events. */
  events = 0;
  /** The number of compared entries of poll and select. */
  looks = 0;
  readonly #subject: Subject;
  readonly #reference: Reference;
  /** The side that moves the data: only ours if both watch the same descriptors. */
  readonly #movers: readonly Streams[];
  readonly #peers = new Map<string, string>();
  #serial = 0n;

  constructor(subject: Subject, reference: Reference, movers: readonly Streams[] = [subject]) {
    this.#subject = subject;
    this.#reference = reference;
    this.#movers = movers;
    this.unobservable = new Unobservable(this.watches, (stream, events) => reference.readiness(stream, events));
  }

  create(epoll: string): void {
    this.calls.push(["create", epoll]);
    this.#subject.create(epoll);
    this.#reference.create(epoll);
    this.watches.open(epoll);
  }

  closeEpoll(epoll: string): void {
    this.calls.push(["closeEpoll", epoll]);
    this.#subject.closeEpoll(epoll);
    this.#reference.closeEpoll(epoll);
    this.watches.close(epoll);
  }

  ctl(epoll: string, op: number, target: string, events: number): Outcome {
    this.calls.push(["ctl", epoll, op, target, events]);
    const data = BigInt.asUintN(64, ++this.#serial * SPREAD);
    this.unobservable.beforeLook();
    const expected = this.#reference.ctl(epoll, op, target, events, data);
    this.#expect(expected, this.#subject.ctl(epoll, op, target, events, data));
    if (expected !== 0) return expected;
    if (op === EPOLL_CTL_DEL) this.watches.remove(epoll, target);
    else {
      this.unobservable.looked();
      const mask = this.watches.get(epoll, target)?.mask;
      const watch = this.watches.set(epoll, target, events, data);
      if (op === EPOLL_CTL_MOD && watch.mask !== mask) this.unobservable.remasked(watch);
    }
    return expected;
  }

  wait(epoll: string, most = ALL_EVENTS): void {
    this.calls.push(["wait", epoll, most]);
    const [expected, actual] = this.#waits(epoll, most);
    if (typeof expected === "string" || typeof actual === "string") {
      this.#expect(expected, actual);
      return;
    }
    this.events += expected.length;
    const rest = () => this.#waits(epoll, ALL_EVENTS) as [Delivered[], Delivered[]];
    const difference = this.unobservable.difference(epoll, expected, actual, most, rest);
    if (difference !== "")
      this.#fail(`${difference}: the kernel`, this.#show(epoll, expected), this.#show(epoll, actual));
  }

  #waits(epoll: string, most: number) {
    this.unobservable.beforeLook();
    const expected = this.#reference.wait(epoll, most);
    const actual = this.#subject.wait(epoll, most);
    if (typeof actual !== "string") this.unobservable.looked();
    return [expected, actual] as const;
  }

  /** `entries`: a name and its events, and so on. */
  poll(...entries: (string | number)[]): void {
    this.calls.push(["poll", ...entries]);
    const pairs = Array.from({ length: entries.length / 2 }, (_, index): Entry => {
      return [entries[index * 2] as string, entries[index * 2 + 1] as number];
    });
    this.#look(
      pairs.map(([name]) => name),
      (side) => side.poll(pairs),
    );
  }

  /** Selects names to read. */
  select(...names: string[]): void {
    this.calls.push(["select", ...names]);
    this.#look(names, (side) => side.select(names));
  }

  #look(names: readonly string[], call: (side: Observer) => readonly (number | boolean)[] | string): void {
    const epolls = names.filter((name) => this.watches.isEpoll(name));
    if (epolls.length > 0) this.unobservable.beforeLook();
    const expected = call(this.#reference);
    const actual = call(this.#subject);
    this.looks += names.length;
    if (String(expected) !== String(actual)) {
      this.unobservable.differs(epolls);
      this.#expect(String(expected), String(actual));
    }
    if (epolls.length === 0) return;
    this.unobservable.looked();
    this.unobservable.polled(epolls);
  }

  pair(first: string, second: string): void {
    this.calls.push(["pair", first, second]);
    for (const mover of this.#movers) mover.pair(first, second);
    this.#peers.set(first, second).set(second, first);
  }

  pipe(reader: string, writer: string): void {
    this.calls.push(["pipe", reader, writer]);
    for (const mover of this.#movers) mover.pipe(reader, writer);
    this.#peers.set(reader, writer).set(writer, reader);
  }

  listen(name: string): void {
    this.calls.push(["listen", name]);
    for (const mover of this.#movers) mover.listen(name);
    this.#peers.set(name, "");
  }

  /** Connects. Returns whether the stream exists now. */
  connect(name: string, listener: string): boolean {
    this.calls.push(["connect", name, listener]);
    return this.#open(
      name,
      this.#move(name, (mover) => mover.connect(name, listener)),
    );
  }

  accept(name: string, listener: string): boolean {
    this.calls.push(["accept", name, listener]);
    return this.#open(
      name,
      this.#move(name, (mover) => mover.accept(name, listener)),
    );
  }

  /** Peers are not tracked: data through a connection counts as touching every stream. */
  #open(name: string, outcome: Outcome): boolean {
    if (outcome === 0) this.#peers.set(name, "");
    return outcome === 0;
  }

  send(name: string, length: number, past = false): Outcome {
    this.calls.push(["send", name, length, past]);
    return this.#move(name, (mover) => mover.send(name, length, past));
  }

  recv(name: string, length: number, past = false): Outcome {
    this.calls.push(["recv", name, length, past]);
    return this.#move(name, (mover) => mover.recv(name, length, past));
  }

  /** Sends until no more bytes are taken. */
  fill(name: string, past = false): void {
    this.calls.push(["fill", name, past]);
    this.#repeat(name, (mover) => mover.send(name, 4096, past));
  }

  /** Receives until no more bytes come, or the end. */
  drain(name: string, past = false): void {
    this.calls.push(["drain", name, past]);
    this.#repeat(name, (mover) => mover.recv(name, 4096, past));
  }

  urgent(name: string): void {
    this.calls.push(["urgent", name]);
    this.#move(name, (mover) => mover.urgent(name));
  }

  shutdown(name: string, side: Side, past = false): void {
    this.calls.push(["shutdown", name, side, past]);
    this.#move(name, (mover) => mover.shutdown(name, side, past));
  }

  takeError(name: string): void {
    this.calls.push(["takeError", name]);
    this.#move(name, (mover) => mover.takeError(name));
  }

  close(name: string, reset = false): void {
    this.calls.push(["close", name, reset]);
    this.#touch(name);
    for (const mover of this.#movers) {
      mover.close(name, reset);
      mover.settle();
    }
    this.watches.close(name);
    this.#peers.delete(name);
  }

  #move(name: string, call: (mover: Streams) => Outcome): Outcome {
    this.#beforeData(name);
    const [first, ...others] = this.#movers.map((mover) => {
      const outcome = call(mover);
      mover.settle();
      return outcome;
    });
    for (const other of others) this.#expect(first, other);
    return first;
  }

  #repeat(name: string, call: (mover: Streams) => Outcome): void {
    for (const mover of this.#movers) {
      for (let turns = 0; turns < MAX_TURNS; turns++) {
        this.#beforeData(name);
        const outcome = call(mover);
        mover.settle();
        if (typeof outcome === "string" || outcome === 0) break;
      }
    }
  }

  #beforeData(name: string): void {
    if (this.prompt) {
      this.unobservable.beforeLook();
      this.#subject.look();
      this.unobservable.looked();
    }
    this.#touch(name);
  }

  #touch(name: string): void {
    const peer = this.#peers.get(name);
    this.unobservable.touch(peer === undefined || peer === "" ? this.#peers.keys() : [name, peer]);
    if (peer === "" && this.#movers.some(({ disorderly }) => disorderly))
      this.unobservable.disordered(this.#peers.keys());
  }

  #expect(expected: unknown, actual: unknown): void {
    if (expected !== actual) this.#fail("the kernel", String(expected), String(actual));
  }

  #fail(what: string, expected: string, actual: string): never {
    throw new Difference(`${showCall(this.calls.at(-1)!)} // ${what} ${expected}, ours ${actual}`);
  }

  #show(epoll: string, events: readonly Delivered[]): string {
    const targetOf = new Map([...this.watches.in(epoll)].map(({ data, target }) => [data, target]));
    return `[${events.map(({ events, data }) => `${targetOf.get(data) ?? data} 0x${events.toString(16)}`).join(", ")}]`;
  }
}

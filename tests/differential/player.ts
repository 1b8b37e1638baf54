/** Plays a generated sequence: gives its numbers a meaning, and makes the calls. */
import * as epoll from "../../src/constants.ts";
import type { Comparison } from "./comparison.ts";
import type { Operation, Sequence } from "./sequences.ts";
import { FILE, NOT_OPEN, type Side } from "./side.ts";
import type { TwoNetworks } from "./two-networks.ts";

const MAX_EPOLLS = 4;
const MAX_STREAMS = 8;

const { EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLWAKEUP } = epoll;
const { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } = epoll;
/** Operations mostly accepted for a new and for a watched target, and others mostly refused. */
const FIRST = [EPOLL_CTL_ADD];
const AGAIN = [EPOLL_CTL_MOD, EPOLL_CTL_MOD, EPOLL_CTL_MOD, EPOLL_CTL_DEL];
const ANY = [EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, 0, 4, -1];
const TRIGGERS = [
  ...[0, EPOLLET, 0, EPOLLET, 0, EPOLLET, 0, EPOLLET, EPOLLONESHOT, EPOLLONESHOT, EPOLLONESHOT | EPOLLET, EPOLLWAKEUP],
  ...[EPOLLEXCLUSIVE, EPOLLEXCLUSIVE | EPOLLET, EPOLLEXCLUSIVE | EPOLLWAKEUP, EPOLLWAKEUP | EPOLLET],
];
const MAX_EVENTS = [64, 64, 64, 64, 1, 1, 2, 3];
const INVALID_MAX_EVENTS = [0, -1, -2_147_483_648];
const POLLED = [epoll.EPOLLIN, epoll.EPOLLIN | epoll.EPOLLOUT, epoll.EPOLLRDNORM, epoll.EPOLLOUT, 0];
const SENT = [1, 10, 1000];
const FEW_SENT = [1, 10];
const RECEIVED = [1, 10, 100_000];
const SIDES: readonly Side[] = ["read", "write", "both"];

function pick<T>(from: readonly T[], number: number): T {
  return from[number % from.length];
}

export class Player {
  readonly #both: Comparison;
  readonly #sequence: Sequence;
  readonly #epolls: string[] = [];
  readonly #streams: string[] = [];
  readonly #listeners: string[] = [];
  /** Undefined if both watch the same descriptors. */
  readonly #networks: TwoNetworks | undefined;
  #named = 0;

  constructor(both: Comparison, sequence: Sequence, networks?: TwoNetworks) {
    this.#both = both;
    this.#networks = networks;
    this.#sequence = sequence;
    both.prompt = sequence.prompt;
  }

  play(): void {
    const { epolls, streams, operations } = this.#sequence;
    for (let count = 0; count < epolls; count++) this.#create();
    for (const how of streams) this.#open(how);
    for (const operation of operations) this.#run(operation);
  }

  #run(operation: Operation): void {
    const { kind, on, how, which } = operation;
    if (kind === "ctl") this.#ctl(on, how, which);
    else if (kind === "wait") this.#wait(on, how);
    else if (kind === "poll") this.#poll(on, how, which);
    else if (kind === "select") this.#both.select(...this.#names(on, which));
    else if (kind === "create") this.#create();
    else if (kind === "closeEpoll") this.#closeEpoll(on);
    else if (kind === "open") this.#open(how);
    else if (kind === "accept") this.#accept(on);
    else if (this.#streams.length > 0) this.#move(operation, pick(this.#streams, on));
  }

  #move({ kind, how, which }: Operation, stream: string): void {
    const both = this.#both;
    const past = this.#sequence.past === 1 || (this.#sequence.past === 2 && which % 2 === 1);
    const done = this.#networks === undefined ? kind : this.#networks.instead(kind, stream);
    if (done === "send") both.send(stream, pick(this.#lengths(stream), how), past);
    else if (done === "recv") both.recv(stream, pick(RECEIVED, how), past);
    else if (done === "fill") both.fill(stream, past);
    else if (done === "drain") both.drain(stream, past);
    else if (done === "shutdown") this.#shutDown(stream, pick(SIDES, how), past);
    else if (done === "urgent") both.urgent(stream);
    else if (done === "takeError") both.takeError(stream);
    else if (done === "close") this.#close(stream, how % 3 === 2);
  }

  #shutDown(stream: string, side: Side, past: boolean): void {
    this.#both.shutdown(stream, side, past);
    this.#networks?.shutDown(stream, side);
  }

  #lengths(stream: string): number[] {
    return this.#networks?.takesMuch(stream) === false ? FEW_SENT : SENT;
  }

  #create(): void {
    if (this.#epolls.length === MAX_EPOLLS) return;
    const name = `e${this.#named++}`;
    this.#both.create(name);
    this.#epolls.push(name);
  }

  #closeEpoll(on: number): void {
    if (this.#epolls.length === 0) return;
    const [name] = this.#epolls.splice(on % this.#epolls.length, 1);
    this.#both.closeEpoll(name);
  }

  #open(how: number): void {
    if (this.#streams.length >= MAX_STREAMS) return;
    const [first, second, third] = [this.#name(), this.#name(), this.#name()];
    const kind = how % 8;
    if (kind < 3) {
      this.#both.pair(first, second);
      this.#networks?.paired(first, second);
    } else if (kind < 5) {
      this.#both.pipe(first, second);
      this.#networks?.piped(first, second);
    } else if (kind === 5 && this.#listeners.length > 0) {
      this.#connect(first, pick(this.#listeners, how >> 3));
      return;
    } else {
      this.#both.listen(third);
      this.#listeners.push(third);
      this.#streams.push(third);
      if (kind !== 7 && this.#connect(first, third)) this.#acceptFrom(third, second);
      return;
    }
    this.#streams.push(first, second);
  }

  #name(): string {
    return `s${this.#named++}`;
  }

  #accept(on: number): void {
    if (this.#listeners.length === 0 || this.#streams.length >= MAX_STREAMS) return;
    this.#acceptFrom(pick(this.#listeners, on), this.#name());
  }

  #acceptFrom(listener: string, name: string): void {
    if (!this.#both.accept(name, listener)) return;
    this.#streams.push(name);
    this.#networks?.connected(name);
  }

  #connect(name: string, listener: string): boolean {
    if (!this.#both.connect(name, listener)) return false;
    this.#streams.push(name);
    this.#networks?.connected(name);
    return true;
  }

  #close(stream: string, reset: boolean): void {
    const quietly = this.#networks?.endsQuietly(stream) ?? false;
    if (quietly) this.#both.drain(stream);
    this.#both.close(stream, reset && !quietly);
    this.#networks?.closed(stream);
    this.#streams.splice(this.#streams.indexOf(stream), 1);
    if (this.#listeners.includes(stream)) this.#listeners.splice(this.#listeners.indexOf(stream), 1);
  }

  #ctl(on: number, how: number, which: number): void {
    const events = pick(this.#sequence.interests, how >> 4) | pick(TRIGGERS, how >> 8);
    const [epoll, target] = [this.#epoll(on), this.#target(on, which)];
    const likely = this.#both.watches.get(epoll, target) === undefined ? FIRST : AGAIN;
    this.#both.ctl(epoll, pick(how % 8 === 7 ? ANY : likely, on >> 4), target, events >>> 0);
  }

  /** An instance, or sometimes something else. */
  #epoll(on: number): string {
    if (this.#epolls.length === 0 || on % 64 === 63) return this.#anything(on >> 6);
    return pick(this.#epolls, on);
  }

  #target(on: number, which: number): string {
    const sort = which % 32;
    if (sort === 31) return this.#anything(which >> 5);
    if (this.#sequence.nesting && sort % 4 === 0 && this.#epolls.length > 1)
      return pick(this.#epolls, on ^ (which >> 5));
    return this.#streams.length === 0 ? FILE : pick(this.#streams, which >> 5);
  }

  #anything(number: number): string {
    return pick([...NOT_OPEN, FILE, ...this.#streams, ...this.#epolls], number);
  }

  #poll(on: number, how: number, which: number): void {
    const entries = this.#names(on, which).flatMap((name, index) => [name, this.#polledFor(how >> (3 * index))]);
    this.#both.poll(...entries);
  }

  #polledFor(how: number): number {
    return how % 4 === 0 ? pick(this.#sequence.interests, how >> 2) & 0xffff : pick(POLLED, how >> 2);
  }

  /** The names to look at: mostly instances, and streams. */
  #names(on: number, which: number): string[] {
    const names: string[] = [];
    for (let index = 0; index <= on % 4; index++) {
      const instance = (which >> index) % 2 === 0 && this.#epolls.length > 0;
      if (instance) names.push(pick(this.#epolls, (on >> 3) + index));
      else if (this.#streams.length > 0) names.push(pick(this.#streams, (which >> 4) + index));
    }
    return [...new Set(names)];
  }

  #wait(on: number, how: number): void {
    const watching = this.#epolls.filter((epoll) => this.#both.watches.in(epoll).next().done === false);
    const epoll = watching.length > 0 && on % 16 !== 15 ? pick(watching, on >> 4) : this.#epoll(on);
    this.#both.wait(epoll, how % 64 === 62 ? pick(INVALID_MAX_EVENTS, on) : pick(MAX_EVENTS, how));
  }
}

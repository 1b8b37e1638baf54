/** Pollux' own select, poll and epoll, over any driver. */
import {
  Core,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  Epoll,
  EpollEvents,
  POLLIN,
  Poll,
  Socket,
  selectSync,
  setFdSetSize,
} from "../../src/index.ts";
import { BUFFER, BYTE, type Crowd, Indices, type OpenCrowd } from "./crowd.ts";

abstract class PolluxCrowd implements Crowd {
  readonly sockets: Socket[];
  protected readonly indices: Indices;

  constructor(sockets: Socket[]) {
    this.sockets = sockets;
    this.indices = new Indices(sockets.map(({ fd }) => fd));
  }

  arrive(index: number): void {
    this.sockets[index ^ 1].send(BYTE);
  }

  abstract wait(found: Int32Array): number;

  drain(index: number): void {
    while (this.sockets[index].recv(BUFFER) > 0);
  }
}

export class EpollCrowd extends PolluxCrowd {
  readonly #epoll: Epoll;
  readonly #events: EpollEvents;

  constructor(core: Core, sockets: Socket[], flags: number) {
    super(sockets);
    this.#epoll = new Epoll(core);
    this.#events = new EpollEvents(core);
    for (const socket of sockets) this.#epoll.ctl(EPOLL_CTL_ADD, socket, EPOLLIN | flags);
  }

  wait(found: Int32Array): number {
    const count = this.#epoll.waitSync(this.#events);
    for (let index = 0; index < count; index++) found[index] = this.indices.of(this.#events.fd(index));
    return count;
  }
}

export class PollCrowd extends PolluxCrowd {
  readonly #poll: Poll;

  constructor(core: Core, sockets: Socket[]) {
    super(sockets);
    this.#poll = new Poll(core);
    for (const socket of sockets) this.#poll.register(socket, POLLIN);
  }

  wait(found: Int32Array): number {
    const ready = this.#poll.pollSync();
    for (const [index, [fd]] of ready.entries()) found[index] = this.indices.of(fd);
    return ready.length;
  }
}

export class SelectCrowd extends PolluxCrowd {
  readonly #core: Core;
  /** Numbers, as the kernel's select is given them: what is measured is select, not the look into each socket object. */
  readonly #fds: number[];

  constructor(core: Core, sockets: Socket[]) {
    super(sockets);
    this.#core = core;
    this.#fds = sockets.map(({ fd }) => fd);
    setFdSetSize(core, Math.max(...sockets.slice(-2).map(({ fd }) => fd)) + 1);
  }

  wait(found: Int32Array): number {
    const [readable] = selectSync(this.#core, this.#fds, [], []);
    for (const [index, fd] of readable.entries()) found[index] = this.indices.of(fd);
    return readable.length;
  }
}

/** `make` watches what is open. */
const opener =
  (driver: string, make: (core: Core, sockets: Socket[]) => Crowd): OpenCrowd =>
  async (size) => {
    const core = await Core.open({ driver, maxDescriptors: size + 8 });
    const sockets: Socket[] = [];
    while (sockets.length < size) sockets.push(...Socket.pair(core));
    return make(core, sockets);
  };

export const polluxSelect = (driver: string) => opener(driver, (core, sockets) => new SelectCrowd(core, sockets));
export const polluxPoll = (driver: string) => opener(driver, (core, sockets) => new PollCrowd(core, sockets));
export const polluxEpoll = (driver: string, edge: boolean) =>
  opener(driver, (core, sockets) => new EpollCrowd(core, sockets, edge ? EPOLLET : 0));

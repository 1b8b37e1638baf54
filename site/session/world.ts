/**
 * One core.wasm over one simulated network, driven by actions. The same actions with the same settings give the same world.
 *
 * The engine never sleeps here: a call that would sleep becomes a sleeper, and the engine counts its instance as asleep. After each
 * action the engine takes the wakeups that have happened, so that its ready lists are those of a kernel at that moment.
 */
import {
  EPOLL_EVENT_EVENTS,
  EPOLL_EVENT_FD,
  EPOLL_EVENT_SIZE,
  POLLFD_EVENTS,
  POLLFD_FD,
  POLLFD_REVENTS,
  POLLFD_SIZE,
} from "../../assembly/abi/epoll.ts";
import {
  AGAIN,
  Core,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDNORM,
  Socket,
  SystemError,
  selectSync,
} from "../../src/index.ts";
import { Errno, Stream } from "../../wasi-host/internal.ts";
import { SimulatedDriver } from "../../wasi-host/web.ts";
import type { Action, Event, Outcome } from "./actions.ts";
import { Client } from "./clients.ts";
import { Engine } from "./engine.ts";
import { MAX_CROWD, MAX_EVENTS, MAX_INSTANCES, MAX_MEMBERS, MAX_OPEN } from "./limits.ts";

const NANOSECONDS = 1_000_000;
const OPS = { add: EPOLL_CTL_ADD, mod: EPOLL_CTL_MOD, del: EPOLL_CTL_DEL } as const;
const FIRST_LETTER = 65;
const LETTERS = 26;

export interface Settings {
  /** Of the network's random latencies. */
  readonly seed: number;
  /** Bytes in each buffer: few, so that one sees them. */
  readonly bufferSize: number;
  /** Milliseconds one way. */
  readonly latencyMs: number;
}

/** A descriptor of the server that is a socket. */
export interface ServerSocket {
  readonly socket: Socket;
  readonly handle: number;
  /** Undefined for a listener. */
  readonly client: Client | undefined;
  /** Of a listener. */
  readonly backlog: number;
  /** Bytes that the server has sent. */
  sent: number;
}

/** In place of a backlog. */
const NO_LISTENER = -1;

type Wait = Extract<Action, { readonly timeout: number }>;

/** A call that sleeps. */
export interface Sleeper {
  readonly number: number;
  readonly action: Wait;
  readonly step: number;
  /** Nanoseconds on the network's clock. */
  readonly deadline: number;
}

/** What the last wait wrote to linear memory. */
export interface Written {
  readonly structure: "epoll_event" | "pollfd";
  readonly address: number;
  readonly count: number;
  readonly ep?: number;
}

const scratch = new Uint8Array(65_536);

export class World implements Disposable {
  readonly engine: Engine;
  readonly network: SimulatedDriver;
  readonly settings: Settings;
  readonly sockets = new Map<number, ServerSocket>();
  readonly clients: Client[] = [];
  readonly instances: number[] = [];
  readonly sleepers = new Map<number, Sleeper>();
  /** Descriptors of idle connections. */
  readonly crowd = new Set<number>();
  written: Written | undefined;
  step = 0;
  readonly #core: Core;
  readonly #events: number;
  readonly #pollfds: number;
  readonly #start: number;
  #slept = 0;

  /** A world in which nothing has happened. */
  static async open(module: WebAssembly.Module, settings: Settings): Promise<World> {
    const network = new SimulatedDriver({
      seed: settings.seed,
      bufferSize: settings.bufferSize,
      latency: Math.round(settings.latencyMs * NANOSECONDS),
    });
    const core = await Core.open({ module, driver: network });
    return new World(core, network, new Engine(core), settings);
  }

  private constructor(core: Core, network: SimulatedDriver, engine: Engine, settings: Settings) {
    this.#core = core;
    this.network = network;
    this.engine = engine;
    this.settings = settings;
    this.#events = core.allocate(MAX_EVENTS * EPOLL_EVENT_SIZE, "epoll_wait");
    this.#pollfds = core.allocate(MAX_MEMBERS * POLLFD_SIZE, "poll");
    this.#start = this.#now;
  }

  get #now(): number {
    return Number(this.network.now());
  }

  /** Milliseconds since the start. */
  get time(): number {
    return (this.#now - this.#start) / NANOSECONDS;
  }

  /** Milliseconds since the start, of a sleeper's deadline. */
  timeOf(deadline: number): number {
    return (deadline - this.#start) / NANOSECONDS;
  }

  /**
   * The time until something happens by itself: a segment arrives, or a sleeper's time is up. Milliseconds; Infinity if nothing will.
   */
  get untilNext(): number {
    let next = this.network.nextEvent;
    for (const { deadline } of this.sleepers.values()) next = Math.min(next, deadline);
    return Math.max(0, next - this.#now) / NANOSECONDS;
  }

  /** Does one thing. */
  act(action: Action): Outcome {
    this.step++;
    this.written = undefined;
    const outcome = this.#attempt(action);
    for (const client of this.clients) client.drain();
    // Wakeups come while the sleepers count as asleep: an exclusive watch wakes one of them.
    this.#core.exports.pollux_take();
    return outcome;
  }

  #attempt(action: Action): Outcome {
    try {
      const result = this.#call(action);
      if (typeof result !== "number") return result;
      return result < 0 ? failed(-result) : { value: result };
    } catch (error) {
      if (error instanceof SystemError) return { value: -1, errno: error.code };
      throw error;
    }
  }

  /** A count, a negated errno, or an outcome. */
  #call(action: Action): number | Outcome {
    switch (action.call) {
      case "listen":
        return this.#listen(action.backlog);
      case "accept":
        return this.#accept(action.fd);
      case "recv":
        return this.#recv(action.fd, action.length);
      case "send":
        return this.#send(action.fd, action.length);
      case "shutdown":
        this.#socket(action.fd).socket.shutdown("write");
        return 0;
      case "close":
        return this.#close(action.fd);
      case "epoll_create":
        return this.#createInstance();
      case "epoll_ctl":
        return this.#core.exports.pollux_epoll_ctl(
          ...[action.ep, OPS[action.op], action.fd, (action.events ?? 0) >>> 0, BigInt(action.fd)],
        );
      case "epoll_wait":
      case "poll":
      case "select":
        return this.#wait(action);
      case "connect":
        return this.#connect(action.fd);
      case "client_send":
        return this.#client(action.client)?.send(action.length) ?? -Errno.BADF;
      case "client_flood":
        return this.#client(action.client)?.flood() ?? -Errno.BADF;
      case "client_recv":
        return this.#client(action.client)?.recv(action.length ?? scratch.length) ?? -Errno.BADF;
      case "client_reads": {
        const client = this.#client(action.client);
        if (client === undefined || client.closed) return -Errno.BADF;
        client.reads = action.on;
        return 0;
      }
      case "client_shutdown":
        return this.#client(action.client)?.shutdown() ?? -Errno.BADF;
      case "client_close":
        return this.#client(action.client)?.close(false) ?? -Errno.BADF;
      case "client_reset":
        return this.#client(action.client)?.close(true) ?? -Errno.BADF;
      case "crowd":
        return this.#gather(action.count, action.ep);
      case "advance":
        this.network.advance(Math.round(action.ms * NANOSECONDS));
        return 0;
      case "wake":
        return this.#wake(action.sleeper);
    }
  }

  #socket(fd: number): ServerSocket {
    const found = this.sockets.get(fd);
    if (found === undefined) throw new SystemError(Errno.BADF, "socket", String(fd));
    return found;
  }

  #client(number: number): Client | undefined {
    return this.clients[number - 1];
  }

  #adopt(socket: Socket, client: Client | undefined, backlog: number): number {
    const { handle } = this.#core.descriptor(socket.fd)!;
    this.sockets.set(socket.fd, { socket, handle, client, backlog, sent: 0 });
    return socket.fd;
  }

  #listen(backlog = 128): number {
    if (this.sockets.size >= MAX_OPEN) return -Errno.MFILE;
    return this.#adopt(Socket.listen(this.#core, "127.0.0.1:0", backlog), undefined, backlog);
  }

  #accept(fd: number): number {
    if (this.sockets.size >= MAX_OPEN) return -Errno.MFILE;
    const accepted = this.#socket(fd).socket.accept();
    if (accepted === undefined) return -Errno.AGAIN;
    // After a reset a connection has no peer to be known by: then the order of the clients tells.
    const port = accepted.peerAddress?.port;
    const client = this.clients.find((one) => one.listener === fd && !one.accepted && (port ?? one.port) === one.port);
    this.#adopt(accepted, client, NO_LISTENER);
    if (client !== undefined) {
      client.fd = accepted.fd;
      client.accepted = true;
    }
    return accepted.fd;
  }

  #recv(fd: number, length = scratch.length): number {
    const count = this.#socket(fd).socket.recv(scratch.subarray(0, length));
    return count === AGAIN ? -Errno.AGAIN : count;
  }

  #send(fd: number, length: number): number {
    const server = this.#socket(fd);
    for (let at = 0; at < length; at++) scratch[at] = FIRST_LETTER + ((server.sent + at) % LETTERS);
    const count = server.socket.send(scratch.subarray(0, length));
    if (count > 0) server.sent += count;
    return count === AGAIN ? -Errno.AGAIN : count;
  }

  #close(fd: number): number {
    const instance = this.instances.indexOf(fd);
    if (instance >= 0) this.instances.splice(instance, 1);
    else {
      const { client } = this.#socket(fd);
      if (client !== undefined) client.fd = undefined;
      // Those that wait at a listener are reset: its number may become another listener's.
      for (const waiting of this.clients) if (waiting.listener === fd) waiting.accepted = true;
      this.sockets.delete(fd);
    }
    this.#core.close(fd);
    return 0;
  }

  #createInstance(): number {
    if (this.instances.length >= MAX_INSTANCES) return -Errno.MFILE;
    const ep = this.#core.exports.pollux_epoll_create();
    if (ep >= 0) this.instances.push(ep);
    return ep;
  }

  #connect(fd: number): number {
    if (this.clients.length >= MAX_OPEN) return -Errno.MFILE;
    const { socket, backlog } = this.#socket(fd);
    const address = socket.localAddress;
    if (backlog === NO_LISTENER || address === undefined) return -Errno.INVAL;
    this.clients.push(new Client(this.network, this.clients.length + 1, fd, address));
    return this.clients.length;
  }

  #gather(count: number, ep?: number): number {
    if (this.crowd.size + count > MAX_CROWD) return -Errno.MFILE;
    for (let made = 0; made < count; made++) {
      const [one] = this.network.socketPair();
      const fd = this.#core.insert(new Stream(this.network, one, true));
      this.crowd.add(fd);
      if (ep === undefined) continue;
      const error = this.#core.exports.pollux_epoll_ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN, BigInt(fd));
      if (error < 0) return error;
    }
    return count;
  }

  /** A first try, and sleep. */
  #wait(action: Wait): Outcome {
    const result = this.#look(action);
    if (result.value !== 0 || action.timeout === 0) return result;
    const deadline = action.timeout < 0 ? Infinity : this.#now + Math.round(action.timeout * NANOSECONDS);
    const sleeper = { number: ++this.#slept, action, step: this.step, deadline };
    this.sleepers.set(sleeper.number, sleeper);
    return this.#sleep(sleeper);
  }

  #sleep({ action, number }: Sleeper): Outcome {
    if (action.call === "epoll_wait") this.#core.exports.pollux_epoll_sleep(action.ep);
    return { value: -1, asleep: number };
  }

  #wake(number: number): Outcome {
    const sleeper = this.sleepers.get(number);
    if (sleeper === undefined) return failed(Errno.SRCH);
    const result = this.#look(sleeper.action);
    if (result.value === 0 && this.#now < sleeper.deadline) return this.#sleep(sleeper);
    this.sleepers.delete(number);
    return result;
  }

  /** The sleepers that would return now, or at least look: in the order in which they fell asleep. */
  awake(): number[] {
    const now = this.#now;
    return [...this.sleepers.values()]
      .filter(({ action, deadline }) => now >= deadline || this.#mayReturn(action))
      .map(({ number }) => number);
  }

  #mayReturn(action: Wait): boolean {
    if (action.call === "epoll_wait") {
      const instance = this.engine.instance(action.ep);
      if (instance === 0) return true;
      return this.engine.ready(instance, MAX_EVENTS).some((address) => this.#isDue(this.engine.watch(address)));
    }
    const entries = action.call === "poll" ? action.fds : [...asEntries(action)];
    return entries.some(([fd, events]) => (this.readiness(fd) & (events | EPOLLERR | EPOLLHUP)) !== 0);
  }

  /** A queued watch that is known to be drained wakes nobody. */
  #isDue({ certain, known, events }: { certain: boolean; known: number; events: number }): boolean {
    return !certain || (known & (events | EPOLLERR | EPOLLHUP)) !== 0;
  }

  /** A wait that does not sleep. */
  #look(action: Wait): Outcome {
    switch (action.call) {
      case "epoll_wait":
        return this.#epollWait(action.ep, action.most);
      case "poll":
        return this.#poll(action.fds);
      case "select": {
        const [readers, writers] = selectSync(this.#core, action.readers, action.writers, [], 0);
        const events = [
          ...readers.map((fd) => ({ fd, events: EPOLLIN })),
          ...writers.map((fd) => ({ fd, events: EPOLLOUT })),
        ];
        return { value: events.length, events };
      }
    }
  }

  #epollWait(ep: number, most: number): Outcome {
    const count = this.#core.exports.pollux_epoll_wait(ep, this.#events, Math.min(most, MAX_EVENTS), 0);
    if (count < 0) return failed(-count);
    const { view } = this.#core;
    const events: Event[] = [];
    for (let index = 0, at = this.#events; index < count; index++, at += EPOLL_EVENT_SIZE) {
      events.push({
        fd: view.getInt32(at + EPOLL_EVENT_FD, true),
        events: view.getUint32(at + EPOLL_EVENT_EVENTS, true),
      });
    }
    this.written = { structure: "epoll_event", address: this.#events, count, ep };
    return { value: count, events };
  }

  #poll(fds: readonly (readonly [number, number])[]): Outcome {
    if (fds.length > MAX_MEMBERS) return failed(Errno.INVAL);
    const { view, exports } = this.#core;
    for (const [index, [fd, events]] of fds.entries()) {
      const at = this.#pollfds + index * POLLFD_SIZE;
      view.setInt32(at + POLLFD_FD, fd, true);
      view.setUint16(at + POLLFD_EVENTS, events, true);
      view.setUint16(at + POLLFD_REVENTS, 0, true);
    }
    const count = exports.pollux_poll(this.#pollfds, fds.length, 0);
    if (count < 0) return failed(-count);
    this.written = { structure: "pollfd", address: this.#pollfds, count: fds.length };
    const { view: after } = this.#core;
    const events = fds
      .map(([fd], index) => ({
        fd,
        events: after.getUint16(this.#pollfds + index * POLLFD_SIZE + POLLFD_REVENTS, true),
      }))
      .filter((event) => event.events !== 0);
    return { value: count, events };
  }

  /** The bits that hold for a descriptor now, without an effect on it. Of an instance: EPOLLIN if a watch of it is ready. */
  readiness(fd: number, depth = 0): number {
    const instance = this.engine.instance(fd);
    if (instance !== 0) {
      if (depth > 8) return 0;
      for (const address of this.engine.ready(instance, MAX_EVENTS)) {
        const watch = this.engine.watch(address);
        if ((this.readiness(watch.fd, depth + 1) & (watch.events | EPOLLERR | EPOLLHUP)) !== 0)
          return EPOLLIN | EPOLLRDNORM;
      }
      return 0;
    }
    const found = this.sockets.get(fd);
    if (found === undefined) return 0;
    if (found.client === undefined) return this.network.waiting(found.handle) > 0 ? EPOLLIN | EPOLLRDNORM : 0;
    return this.network.observe(found.handle)?.readiness ?? 0;
  }

  dispose(): void {
    this.#core.dispose();
    this.network.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function failed(errno: number): Outcome {
  return { value: -1, errno: new SystemError(errno, "").code };
}

function* asEntries({ readers, writers }: Extract<Wait, { call: "select" }>): Generator<readonly [number, number]> {
  for (const fd of readers) yield [fd, EPOLLIN];
  for (const fd of writers) yield [fd, EPOLLOUT];
}

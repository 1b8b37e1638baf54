/**
 * A WASI 0.2 host in memory, for the guest's system alone: it does nothing that the component model forbids a host, and
 * throws at whatever the model forbids a guest: a parent dropped before its children, a handle used after its drop, bytes
 * written without a permit, a poll of nothing. Time is its own; a sleep is over at once.
 */
export type Kind = "pollable" | "tcp-socket" | "input-stream" | "output-stream" | "error" | "network";

interface Resource {
  kind: Kind;
  parent: number;
  children: number;
  ready: () => boolean;
  connection: Connection;
}

/** What stands behind a socket: the test plays the other end. */
export class Connection {
  incoming: Buffer[] = [];
  outgoing: Buffer[] = [];
  end: "" | "closed" | "reset" = "";
  /** What check-write allows. */
  permit = 65_536;
  /** Of a listener. */
  waiting: Connection[] = [];
  /** Polls report bytes to read until so many reads have found none. */
  lies = 0;
  /** What finish-connect answers, in order: would-block (8), connection-refused (14), or success (0). */
  decisions: number[] = [];
}

const WOULD_BLOCK = 8;
/** More calls than any test needs: a guest that loops for ever must not hang the test. */
const MAX_POLLS = 10_000;

export class StrictHost {
  memory!: WebAssembly.Memory;
  realloc!: (address: number, size: number, alignment: number, newSize: number) => number;
  /** How often each function was called. */
  readonly calls = new Map<string, number>();
  /** Lengths of the polled lists. */
  readonly polled: number[] = [];
  /** The lengths that reads asked for. */
  readonly asked: number[] = [];
  /** Called when a poll begins. */
  onPoll: () => void = () => {};
  readonly listener = new Connection();
  readonly outbound = new Connection();
  now = 0n;
  /** Nanoseconds that a poll takes for each of its list. */
  pollCost = 0n;
  /** After so many polls that did not suspend the guest, only clocks are called ready: tokio's budget of a task. */
  budget = Infinity;
  #unsuspended = 0;
  #next = 1;
  readonly #resources = new Map<number, Resource>();

  /** How many there are of each kind. */
  get alive(): Record<string, number> {
    const count: Record<string, number> = {};
    for (const { kind } of this.#resources.values()) count[kind] = (count[kind] ?? 0) + 1;
    return count;
  }

  count(name: string): number {
    return this.calls.get(name) ?? 0;
  }

  /** Every function that the guest imports, counted. */
  imports(): WebAssembly.Imports {
    return new Proxy(
      {},
      { get: (_, module: string) => new Proxy({}, { get: (_, name: string) => this.#function(module, name) }) },
    );
  }

  #function(module: string, name: string): (...args: never[]) => unknown {
    const drops = /^\[resource-drop\](.*)$/.exec(name)?.[1] as Kind | undefined;
    const call = drops ? (handle: number) => this.#drop(handle, drops) : this.#functions[name];
    return (...args: never[]) => {
      if (call === undefined) throw new Error(`the host has no ${module} ${name}`);
      this.calls.set(name, this.count(name) + 1);
      return (call as (...args: never[]) => unknown)(...args);
    };
  }

  #make(kind: Kind, parent: number, connection: Connection, ready = () => false): number {
    const handle = this.#next++;
    this.#resources.set(handle, { kind, parent, children: 0, ready, connection });
    if (parent !== 0) this.#resources.get(parent)!.children++;
    return handle;
  }

  #use(handle: number, kind: Kind): Resource {
    const resource = this.#resources.get(handle);
    if (resource?.kind !== kind) throw new Error(`handle ${handle} is no ${kind}, but ${resource?.kind ?? "dropped"}`);
    return resource;
  }

  #drop(handle: number, kind: Kind): void {
    const { children, parent } = this.#use(handle, kind);
    if (children > 0) throw new Error(`a ${kind} is dropped before its ${children} children`);
    this.#resources.delete(handle);
    if (parent !== 0) this.#resources.get(parent)!.children--;
  }

  /** A result in the guest's memory: 0 with these words behind it, or 1 with an error-code. */
  #result(at: number, offset: number, values: readonly number[], code?: number): void {
    const view = new DataView(this.memory.buffer);
    view.setUint8(at, code === undefined ? 0 : 1);
    if (code !== undefined) view.setUint8(at + offset, code);
    for (const [index, value] of values.entries()) view.setUint32(at + offset + 4 * index, value, true);
  }

  /** A stream-error: closed, or with an error that is the guest's to drop. */
  #streamError(at: number, offset: number, { end }: Connection): void {
    this.#result(at, offset, end === "reset" ? [0, this.#make("error", 0, this.listener)] : [1]);
    new DataView(this.memory.buffer).setUint8(at, 1);
  }

  #streams(socket: number, connection: Connection): [number, number] {
    return [this.#make("input-stream", socket, connection), this.#make("output-stream", socket, connection)];
  }

  #subscribe(parent: number, kind: Kind, ready: (connection: Connection) => boolean): number {
    const { connection } = this.#use(parent, kind);
    return this.#make("pollable", parent, connection, () => ready(connection));
  }

  readonly #functions: Record<string, unknown> = {
    now: () => this.now,
    "subscribe-duration": (nanoseconds: bigint) => {
      const deadline = this.now + nanoseconds;
      const handle = this.#make("pollable", 0, this.listener, () => this.now >= deadline);
      this.#deadlines.set(handle, deadline);
      return handle;
    },
    poll: (list: number, count: number, result: number) => {
      if (count === 0) throw new Error("a poll of nothing");
      if (this.polled.length === MAX_POLLS) throw new Error("the guest polls without end");
      this.polled.push(count);
      this.onPoll();
      this.now += this.pollCost * BigInt(count);
      const handles = [...new Uint32Array(this.memory.buffer, list, count)];
      const pollables = handles.map((handle) => this.#use(handle, "pollable"));
      const isReady = ({ ready, connection }: Resource) =>
        ready() && (connection === this.listener || this.#unsuspended < this.budget);
      if (pollables.some(isReady)) this.#unsuspended++;
      else {
        this.#unsuspended = 0;
        if (!pollables.some(isReady)) this.#sleep(handles);
      }
      const ready = pollables.flatMap((pollable, index) => (isReady(pollable) ? [index] : []));
      const address = this.realloc(0, 0, 4, 4 * ready.length);
      new Uint32Array(this.memory.buffer, address, ready.length).set(ready);
      new Uint32Array(this.memory.buffer, result, 2).set([address, ready.length]);
    },
    "instance-network": () => this.#make("network", 0, this.listener),
    "create-tcp-socket": (_family: number, result: number) =>
      this.#result(result, 4, [this.#make("tcp-socket", 0, this.listener)]),
    "[method]tcp-socket.start-bind": (...args: number[]) => this.#result(args.at(-1)!, 1, []),
    "[method]tcp-socket.finish-bind": (_socket: number, result: number) => this.#result(result, 1, []),
    "[method]tcp-socket.start-listen": (_socket: number, result: number) => this.#result(result, 1, []),
    "[method]tcp-socket.finish-listen": (_socket: number, result: number) => this.#result(result, 1, []),
    "[method]tcp-socket.set-listen-backlog-size": (_s: number, _n: bigint, result: number) =>
      this.#result(result, 1, []),
    "[method]tcp-socket.start-connect": (socket: number, ...args: number[]) => {
      this.#use(socket, "tcp-socket").connection = this.outbound;
      this.#result(args.at(-1)!, 1, []);
    },
    "[method]tcp-socket.finish-connect": (socket: number, result: number) => {
      const decision = this.outbound.decisions.shift() ?? WOULD_BLOCK;
      if (decision !== 0) this.#result(result, 4, [], decision);
      else this.#result(result, 4, this.#streams(socket, this.outbound));
    },
    "[method]tcp-socket.accept": (_socket: number, result: number) => {
      const connection = this.listener.waiting.shift();
      if (connection === undefined) return this.#result(result, 4, [], WOULD_BLOCK);
      const socket = this.#make("tcp-socket", 0, connection);
      return this.#result(result, 4, [socket, ...this.#streams(socket, connection)]);
    },
    "[method]tcp-socket.subscribe": (socket: number) =>
      this.#subscribe(
        socket,
        "tcp-socket",
        ({ waiting, decisions }) => waiting.length > 0 || decisions[0] !== undefined,
      ),
    "[method]input-stream.subscribe": (stream: number) =>
      this.#subscribe(
        stream,
        "input-stream",
        (connection) => connection.incoming.length > 0 || connection.end !== "" || connection.lies > 0,
      ),
    "[method]output-stream.subscribe": (stream: number) =>
      this.#subscribe(stream, "output-stream", ({ permit, end }) => permit > 0 || end === "reset"),
    "[method]input-stream.read": (stream: number, length: bigint, result: number) => {
      const { connection } = this.#use(stream, "input-stream");
      this.asked.push(Number(length));
      const chunk = connection.incoming.shift();
      if (chunk === undefined && connection.lies > 0) connection.lies--;
      if (chunk === undefined && connection.end !== "") return this.#streamError(result, 4, connection);
      const bytes = chunk?.subarray(0, Number(length)) ?? Buffer.alloc(0);
      if (chunk !== undefined && chunk.length > bytes.length) connection.incoming.unshift(chunk.subarray(bytes.length));
      const address = this.realloc(0, 0, 1, bytes.length);
      new Uint8Array(this.memory.buffer).set(bytes, address);
      return this.#result(result, 4, [address, bytes.length]);
    },
    "[method]output-stream.check-write": (stream: number, result: number) => {
      const { connection } = this.#use(stream, "output-stream");
      if (connection.end === "reset") return this.#streamError(result, 8, connection);
      return this.#result(result, 8, [connection.permit, 0]);
    },
    "[method]output-stream.write": (stream: number, address: number, length: number, result: number) => {
      const { connection } = this.#use(stream, "output-stream");
      if (length > connection.permit)
        throw new Error(`${length} bytes are written with a permit for ${connection.permit}`);
      connection.outgoing.push(Buffer.from(new Uint8Array(this.memory.buffer, address, length)));
      connection.permit -= length;
      this.#result(result, 4, []);
    },
    "[method]output-stream.flush": (stream: number, result: number) => {
      const { connection } = this.#use(stream, "output-stream");
      if (connection.end === "reset") this.#streamError(result, 4, connection);
      else this.#result(result, 4, []);
    },
  };

  readonly #deadlines = new Map<number, bigint>();

  /** To the first awaited deadline. */
  #sleep(handles: readonly number[]): void {
    const deadlines = handles.flatMap((handle) => this.#deadlines.get(handle) ?? []);
    if (deadlines.length === 0) throw new Error("a sleep that nothing ends");
    this.now = deadlines.reduce((first, other) => (other < first ? other : first));
  }
}

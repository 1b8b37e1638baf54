/**
 * A WASI 0.3 host in memory, for the guest's system alone: it throws at whatever the component model makes a trap: two operations on
 * one end, an end dropped or cancelled in the wrong state, a member of a set that is cancelled, a handle used after its drop. What has
 * happened is told when the guest yields or sleeps, and not before.
 */
type Kind = "tcp-socket" | "sockets" | "input" | "output" | "future" | "subtask" | "set";

interface Handle {
  kind: Kind;
  connection: Connection;
  /** Where a read or a write that is under way leaves its elements, and how many at the most. */
  pending?: { address: number; count: number };
  /** What ends it, and has not been told yet. */
  event?: { code: number; payload: number };
  joined: boolean;
  /** Of a subtask. */
  resolved: boolean;
}

/** What stands behind a socket: the test plays the other end. */
export class Connection {
  incoming = Buffer.alloc(0);
  sent = 0;
  end: "" | "closed" | "reset" = "";
  /** Bytes that the host takes now. */
  permit = 65_536;
  /** The future has its result: mostly a moment after the stream has ended. */
  settled = false;
  /** Of a listener. */
  waiting: Connection[] = [];
  /** Of a connect: it is made, or why not. */
  decision: "" | "made" | "refused" = "";
}

const BLOCKED = -1;
const [DROPPED, CANCELLED] = [1, 2];
const [STARTED, RETURNED, CANCELLED_SUBTASK] = [1, 2, 4];
const [SUBTASK, STREAM_READ, STREAM_WRITE, FUTURE_READ] = [1, 2, 3, 4];
const [REFUSED, RESET] = [9, 11];

export class StrictWaitables {
  memory!: WebAssembly.Memory;
  readonly listener = new Connection();
  readonly outbound: Connection[] = [];
  /** What happens while the guest sleeps. A sleep that nothing ends is an error of the guest's or the test's. */
  whileAsleep: () => void = () => {};
  readonly #handles = new Map<number, Handle>();

  /** How many there are of each kind. */
  get alive(): Record<string, number> {
    const count: Record<string, number> = {};
    for (const { kind } of this.#handles.values()) count[kind] = (count[kind] ?? 0) + 1;
    return count;
  }

  imports(): WebAssembly.Imports {
    const functions = this.#functions();
    const named = (module: string) =>
      new Proxy(
        {},
        {
          get: (_, name: string) => {
            const found = Object.keys(functions).find((key) => name.endsWith(key));
            if (module === "env") return () => {};
            const missing = () => {
              throw new Error(`the host has no ${module} ${name}`);
            };
            return found === undefined ? missing : functions[found];
          },
        },
      );
    return new Proxy({}, { get: (_, module: string) => named(module) });
  }

  #make(kind: Kind, connection: Connection): number {
    let handle = 1;
    while (this.#handles.has(handle)) handle++; // the lowest one, as in a dense table
    this.#handles.set(handle, { kind, connection, joined: false, resolved: false });
    return handle;
  }

  #use(handle: number, ...kinds: Kind[]): Handle {
    const found = this.#handles.get(handle);
    if (found === undefined || !kinds.includes(found.kind)) {
      throw new Error(`handle ${handle} is no ${kinds.join(" or ")}, but ${found?.kind ?? "dropped"}`);
    }
    return found;
  }

  #drop(handle: number, ...kinds: Kind[]): void {
    const found = this.#use(handle, ...kinds);
    if (found.pending !== undefined || found.event !== undefined)
      throw new Error(`a ${found.kind} is dropped while it is busy`);
    if (found.kind === "subtask" && !found.resolved) throw new Error("a subtask is dropped before it has returned");
    this.#handles.delete(handle);
  }

  /** Starts an operation: its status, or BLOCKED. */
  #begin(handle: number, kind: Kind, address: number, count: number): number {
    const found = this.#use(handle, kind);
    if (found.pending !== undefined || found.event !== undefined) throw new Error(`a second operation on a ${kind}`);
    found.pending = { address, count };
    const status = this.#finish(found);
    if (status === undefined) return BLOCKED;
    found.pending = undefined;
    return status;
  }

  /** Takes back what is under way: how far it has come. */
  #cancel(handle: number, kind: Kind): number {
    const found = this.#use(handle, kind);
    if (found.joined) throw new Error(`a ${kind} is cancelled while it is a member of a set`);
    if (found.event !== undefined) {
      const { payload } = found.event;
      found.event = undefined;
      return payload;
    }
    if (found.pending === undefined) throw new Error(`nothing is under way on a ${kind} that is cancelled`);
    found.pending = undefined;
    return CANCELLED;
  }

  /** What has happened since: called when the host runs. */
  #run(): void {
    for (const found of this.#handles.values()) {
      if (found.kind === "subtask" && !found.resolved && found.event === undefined) {
        if (!this.#isDecided(found)) continue;
        found.resolved = true;
        found.event = { code: SUBTASK, payload: RETURNED };
      } else if (found.pending !== undefined && found.event === undefined) {
        const payload = this.#finish(found);
        if (payload === undefined) continue;
        const code = found.kind === "future" ? FUTURE_READ : found.kind === "output" ? STREAM_WRITE : STREAM_READ;
        found.event = { code, payload };
        found.pending = undefined;
      }
    }
  }

  #finish({ kind, connection, pending }: Handle): number | undefined {
    const { address, count } = pending!;
    const bytes = new Uint8Array(this.memory.buffer);
    if (kind === "sockets") {
      const some = connection.waiting.splice(0, count);
      const handles = some.map((one) => this.#make("tcp-socket", one));
      new Uint32Array(this.memory.buffer, address, handles.length).set(handles);
      return handles.length === 0 ? undefined : handles.length << 4;
    }
    if (kind === "future") {
      if (!connection.settled) return undefined;
      this.#result(address, connection.end === "reset" ? RESET : undefined);
      return 0;
    }
    if (kind === "input") {
      const some = connection.incoming.subarray(0, count);
      bytes.set(some, address);
      connection.incoming = connection.incoming.subarray(some.length);
      if (some.length > 0) return some.length << 4;
      return connection.end === "" ? undefined : DROPPED;
    }
    if (connection.end === "reset") return DROPPED;
    const taken = Math.min(count, connection.permit);
    if (connection.permit === 0) return undefined;
    connection.permit -= taken;
    connection.sent += taken;
    return taken << 4;
  }

  /** A timer never rings here. */
  #isDecided({ connection, pending }: Handle): boolean {
    if (pending === undefined || connection.decision === "") return false;
    this.#result(pending.address, connection.decision === "refused" ? REFUSED : undefined);
    return true;
  }

  #result(address: number, code?: number): void {
    const view = new DataView(this.memory.buffer);
    view.setUint8(address, code === undefined ? 0 : 1);
    if (code !== undefined) view.setUint8(address + 4, code);
  }

  /** The event of the lowest handle, as wasmtime has it. */
  #deliver(address: number): number {
    for (const handle of [...this.#handles.keys()].toSorted((a, b) => a - b)) {
      const { joined, event } = this.#handles.get(handle)!;
      if (!joined || event === undefined) continue;
      this.#handles.get(handle)!.event = undefined;
      if (event.code === SUBTASK) this.#handles.get(handle)!.pending = undefined;
      new Uint32Array(this.memory.buffer, address, 2).set([handle, event.payload]);
      return event.code;
    }
    return 0;
  }

  /** By the ends of their names: what stands before is the interface, and the type's place in a signature. */
  #functions(): Record<string, (...args: never[]) => unknown> {
    const ok = (...args: number[]) => this.#result(args.at(-1)!);
    const address = (_socket: number, result: number) => {
      this.#result(result);
      new Uint8Array(this.memory.buffer, result + 4, 32).fill(0);
    };
    return {
      "[static]tcp-socket.create": (_family: number, result: number) => {
        this.#result(result);
        new DataView(this.memory.buffer).setUint32(result + 4, this.#make("tcp-socket", new Connection()), true);
      },
      "tcp-socket.bind": ok,
      "set-listen-backlog-size": (_socket: number, _size: bigint, result: number) => this.#result(result),
      "[stream-read-0][method]tcp-socket.listen": (handle: number, at: number, count: number) =>
        this.#begin(handle, "sockets", at, count),
      "[stream-cancel-read-0][method]tcp-socket.listen": (handle: number) => this.#cancel(handle, "sockets"),
      "[stream-drop-readable-0][method]tcp-socket.listen": (handle: number) => this.#drop(handle, "sockets"),
      "[method]tcp-socket.listen": (_socket: number, result: number) => {
        this.#result(result);
        new DataView(this.memory.buffer).setUint32(result + 4, this.#make("sockets", this.listener), true);
      },
      "[stream-read-0][method]tcp-socket.receive": (handle: number, at: number, count: number) =>
        this.#begin(handle, "input", at, count),
      "[stream-cancel-read-0][method]tcp-socket.receive": (handle: number) => this.#cancel(handle, "input"),
      "[stream-drop-readable-0][method]tcp-socket.receive": (handle: number) => this.#drop(handle, "input"),
      "[future-read-1][method]tcp-socket.receive": (handle: number, at: number) => this.#begin(handle, "future", at, 1),
      "[future-cancel-read-1][method]tcp-socket.receive": (handle: number) => this.#cancel(handle, "future"),
      "[future-drop-readable-1][method]tcp-socket.receive": (handle: number) => this.#drop(handle, "future"),
      "[method]tcp-socket.receive": (socket: number, result: number) => {
        const { connection } = this.#use(socket, "tcp-socket");
        const ends = [this.#make("input", connection), this.#make("future", connection)];
        new Uint32Array(this.memory.buffer, result, 2).set(ends);
      },
      "[stream-new-0][method]tcp-socket.send": () => {
        const pair = BigInt(this.#make("output", this.listener));
        return (pair << 32n) | pair; // the readable end belongs to the host at once: its number does not matter
      },
      "[stream-write-0][method]tcp-socket.send": (handle: number, at: number, count: number) =>
        this.#begin(handle, "output", at, count),
      "[stream-cancel-write-0][method]tcp-socket.send": (handle: number) => this.#cancel(handle, "output"),
      "[stream-drop-writable-0][method]tcp-socket.send": (handle: number) => this.#drop(handle, "output"),
      "[future-drop-readable-1][method]tcp-socket.send": (handle: number) => this.#drop(handle, "future"),
      "[method]tcp-socket.send": (socket: number, readable: number) => {
        this.#use(readable, "output").connection = this.#use(socket, "tcp-socket").connection;
        return this.#make("future", this.listener);
      },
      "[method]tcp-socket.connect": (parameters: number, result: number) => {
        const { connection } = this.#use(new DataView(this.memory.buffer).getUint32(parameters, true), "tcp-socket");
        this.outbound.push(connection);
        const subtask = this.#make("subtask", connection);
        this.#handles.get(subtask)!.pending = { address: result, count: 1 };
        return STARTED | (subtask << 4);
      },
      "get-local-address": address,
      "get-remote-address": address,
      "[resource-drop]tcp-socket": (handle: number) => this.#drop(handle, "tcp-socket"),
      "[async-lower]wait-for": () => STARTED | (this.#make("subtask", new Connection()) << 4),
      now: () => 0n,
      "[waitable-set-new]": () => this.#make("set", this.listener),
      "[waitable-join]": (handle: number, set: number) => {
        this.#use(handle, "sockets", "input", "output", "future", "subtask").joined = set !== 0;
      },
      "[waitable-set-poll]": (_set: number, at: number) => this.#deliver(at),
      "[waitable-set-wait]": (_set: number, at: number) => {
        this.whileAsleep();
        this.#run();
        const code = this.#deliver(at);
        if (code === 0) throw new Error("the guest sleeps, and nothing ends it");
        return code;
      },
      "[subtask-cancel]": (handle: number) => {
        const found = this.#use(handle, "subtask");
        if (found.joined) throw new Error("a subtask is cancelled while it is a member of a set");
        if (found.resolved && found.event === undefined) throw new Error("a subtask is cancelled that has returned");
        const returned = found.event !== undefined;
        found.event = found.pending = undefined;
        found.resolved = true;
        return returned ? RETURNED : CANCELLED_SUBTASK;
      },
      "[subtask-drop]": (handle: number) => this.#drop(handle, "subtask"),
      "[thread-yield]": () => {
        this.#run();
        return 0;
      },
    };
  }
}

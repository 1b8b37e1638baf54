/**
 * The story of a program: what it waits for, what wakes it up, and why (`pollux run --explain`).
 *
 * A story wraps the calls of a host, as traces and statistics do, and wraps nothing if it is not asked for. Of our own
 * guests it also knows the engine's calls and its state; of a component, its calls of wasi:io and wasi:sockets.
 */
import { OP_ACCEPT, OP_RECV, OP_SEND } from "../../assembly/abi/operation.ts";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import type { Imports } from "../abi/imports.ts";
import type { GuestMemory } from "../memory/guest-memory.ts";
import { monotonic } from "../runtime/clock.ts";
import { type After, around, type Call } from "../trace/around.ts";
import { type Arguments, Decoder } from "../trace/decoder.ts";
import { ComponentStory } from "./component-story.ts";
import { REPORT, withReports } from "./engine-calls.ts";
import { EngineState } from "./engine-state.ts";
import { EngineStory } from "./engine-story.ts";
import { EpollHistory } from "./epoll-history.ts";
import type { StoryEvent, Timed } from "./events.ts";
import { HostCalls, outcome } from "./host-calls.ts";

export interface Teller {
  /** Called for each event. */
  readonly tell: (event: Timed) => void;
  /** Called when the program may fall asleep in a call, before the call's event. `fd`: the epoll or socket that it sleeps on. */
  readonly asleep?: (call: string, fd: number | undefined, t: number) => void;
}

export class Story {
  readonly #teller: Teller;
  readonly #start = monotonic();
  readonly #history = new EpollHistory();
  /** The address of the engine's table of instances. */
  #instances: number | undefined;
  #engine: EngineStory | undefined;
  /** Sockets that the program got from a call. */
  readonly #sockets = new Set<number>();

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** The module to compile in place of this one: it reports the engine's calls. A component stays as it is. */
  prepare(bytes: Uint8Array): Uint8Array {
    const explained = withReports(bytes);
    this.#instances = explained?.instances;
    return explained?.bytes ?? bytes;
  }

  begin(program: string, isComponent: boolean): void {
    const level = isComponent ? "component" : this.#instances === undefined ? "calls" : "engine";
    this.#tell({ event: "start", version: 1, program, level });
  }

  end(status: number): void {
    this.#tell({ event: "exit", status });
  }

  /** The same calls, told. */
  told(imports: Imports, memory: GuestMemory): Imports {
    const calls = new HostCalls(memory);
    const decoder = new Decoder(memory);
    if (this.#instances !== undefined) {
      const state = new EngineState(memory, this.#instances);
      this.#engine = new EngineStory(state, calls, this.#history, (event) => this.#tell(event));
    }
    const wrapped = Object.entries(imports).map(([name, call]) => {
      const after = this.#observer(name, calls, decoder);
      return [name, after === undefined ? call : around(call as Call, after)];
    });
    const all = Object.fromEntries(wrapped) as Imports;
    const engine = this.#engine;
    if (engine === undefined) return all;
    const { poll_oneoff } = all;
    const reported = (...args: number[]) => {
      if (args[2] !== REPORT) return poll_oneoff(...args);
      engine.report(args[1], args[3], args[0]);
      return 0;
    };
    return { ...all, poll_oneoff: reported as Imports[string] };
  }

  /** The story of a component's calls. */
  component(): ComponentStory {
    return new ComponentStory(
      (event) => this.#tell(event),
      () => this.#waiting("poll", undefined, []),
    );
  }

  #tell(event: StoryEvent): void {
    this.#teller.tell({ t: this.#now(), ...event });
  }

  /** Milliseconds. */
  #now(): number {
    return Number(monotonic() - this.#start) / 1e6;
  }

  /** Tells that the program falls asleep in a wait. Returns the milliseconds since then. */
  #waiting(call: string, epfd: number | undefined, unread: readonly number[] = []): () => number {
    this.#tell({ event: "asleep", call, ...(epfd === undefined ? {} : { epfd }), unread });
    return this.#sleeping(call, epfd);
  }

  /** Tells that the program may fall asleep in a call. Returns the milliseconds since then. */
  #sleeping(call: string, fd?: number): () => number {
    const from = this.#now();
    this.#teller.asleep?.(call, fd, from);
    return () => this.#now() - from;
  }

  /** Undefined for a call that is not told. */
  #observer(name: string, calls: HostCalls, decoder: Decoder): ((args: Arguments) => After) | undefined {
    if (name === "poll_oneoff") return (args) => this.#pollOneoff(args as number[], calls);
    if (name === "fd_read") return (args) => this.#read(args as number[], calls);
    if (name === "fd_write") return (args) => this.#write(args as number[], calls);
    if (name === "sock_recv") return (args) => this.#received(args as number[], args[4] as number, calls);
    if (name === "sock_send") return (args) => this.#sent(args as number[], args[4] as number, calls);
    if (name === "sock_accept" || name === "sock_accept_v2") return (args) => this.#accepted(args as number[], calls);
    if (name === "fd_close") return (args) => this.#closed(args[0] as number);
    if (!name.startsWith("sock_")) return undefined;
    return (args) => {
      const call = decoder.call(name, args);
      return after((errno) => {
        if (name.startsWith("sock_open") && errno === 0) this.#sockets.add(calls.u32(args[2] as number));
        this.#tell({ event: "call", call, result: decoder.result(name, args, errno) });
      });
    };
  }

  #pollOneoff(args: number[], calls: HostCalls): After {
    calls.refresh();
    const engine = this.#engine?.under;
    const waits = engine === undefined ? calls.subscriptions(args[0] >>> 0, args[2]) : [];
    const epfd = engine?.call === "pollux_epoll_wait" ? engine.args[0] : undefined;
    const call = engine?.call.replace("pollux_", "") ?? "poll_oneoff";
    const slept = this.#waiting(call, epfd, this.#engine?.under && this.#engine.unread());
    return after((errno) => {
      const duration = slept();
      calls.refresh();
      if (errno === 0) this.#woken(calls.delivered(args));
      if (engine !== undefined) {
        engine.slept += duration;
        return;
      }
      const ready = errno === 0 ? calls.events(args) : [];
      const result = errno === 0 ? calls.u32(args[3]) : outcome(-errno);
      this.#tell({ event: "poll_oneoff", slept: duration, waits, result, ready });
    });
  }

  #woken(wakeups: ReturnType<HostCalls["delivered"]>): void {
    this.#engine?.under?.wakeups.push(...wakeups);
    this.#history.woken(wakeups);
  }

  #read(args: number[], calls: HostCalls): After {
    const [fd, iovs, , size] = args;
    if (fd === READY_FILE) return after((errno) => errno === 0 && this.#woken(calls.wakeups(iovs, calls.u32(size))));
    return this.#sockets.has(fd) ? this.#received(args, size, calls) : NOTHING;
  }

  #write(args: number[], calls: HostCalls): After {
    const [fd, iovs, , size] = args;
    if (fd === READY_FILE) return after((errno) => errno === 0 && this.#batch(iovs, calls));
    return this.#sockets.has(fd) ? this.#sent(args, size, calls) : NOTHING;
  }

  /** The receives, sends and accepts among the operations of a batch. */
  #batch(iovs: number, calls: HostCalls): void {
    calls.refresh();
    for (const { op, fd, buffer, length, result } of calls.operations(iovs)) {
      if (op === OP_ACCEPT) this.#acceptedAs(fd, result);
      if (op !== OP_RECV && op !== OP_SEND) continue;
      const data = calls.bytes(buffer, Math.max(result, 0));
      if (op === OP_RECV) this.#history.read(fd, result < length);
      this.#tell({ event: op === OP_RECV ? "receive" : "send", fd, asked: length, result: outcome(result), data });
    }
  }

  #received([fd, iovs, count]: number[], size: number, calls: HostCalls): After {
    calls.refresh();
    const asked = calls.room(iovs, count);
    this.#sleeping("receive", fd);
    return after((errno) => {
      calls.refresh();
      const result = errno === 0 ? calls.u32(size) : -errno;
      this.#history.read(fd, result < asked);
      const data = calls.data(iovs, count, Math.max(result, 0));
      this.#tell({ event: "receive", fd, asked, result: outcome(result), data });
    });
  }

  #sent([fd, iovs, count]: number[], size: number, calls: HostCalls): After {
    calls.refresh();
    const asked = calls.room(iovs, count);
    const data = calls.data(iovs, count, asked);
    return after((errno) => {
      this.#tell({ event: "send", fd, asked, result: outcome(errno === 0 ? calls.u32(size) : -errno), data });
    });
  }

  #accepted(args: number[], calls: HostCalls): After {
    const at = args[args.length - 1];
    this.#sleeping("accept", args[0]);
    return after((errno) => this.#acceptedAs(args[0], errno === 0 ? calls.u32(at) : -errno));
  }

  #acceptedAs(fd: number, result: number): void {
    if (result >= 0) this.#sockets.add(result);
    this.#history.read(fd, result < 0);
    this.#tell({ event: "accept", fd, result: outcome(result) });
  }

  #closed(fd: number): After {
    return after((errno) => {
      this.#history.closed(fd);
      if (this.#sockets.delete(fd)) this.#tell({ event: "close", fd, result: outcome(-errno) });
    });
  }
}

/** What is done after a call that returned an errno. */
function after(returned: (errno: number) => unknown): After {
  return { returned: (errno) => void returned(Number(errno)), left() {} };
}

const NOTHING = after(() => {});

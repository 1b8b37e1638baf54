/** A component's calls of wasi:io and wasi:sockets as events. */
import type { GuestMemory } from "../memory/guest-memory.ts";
import type { After } from "../trace/around.ts";
import type { Arguments } from "../trace/decoder.ts";
import type { Pollable, StoryEvent } from "./events.ts";
import { HostCalls } from "./host-calls.ts";

/** The resources and interfaces whose calls are told: sockets and their streams. */
const TOLD = /^(tcp-|udp-|network|instance-network|ip-name-lookup|resolve-address|incoming-|outgoing-|input-|output-)/;
/** Standard output and error: what a program prints is no part of its story. */
const PRINTS = /^std(out|err)\.get-std(out|err)$/;
const SUBSCRIBES = /\.subscribe(-\w+)?$/;

/** A call as text, in two halves. */
export interface Text {
  readonly before: (args: Arguments) => string;
  readonly after: (args: Arguments, returned: number | bigint | undefined) => string;
}

export class ComponentStory {
  readonly #tell: (event: StoryEvent) => void;
  readonly #asleep: () => () => number;
  /** By handle: what pollables were made of. */
  readonly #made = new Map<number, string>();
  /** Streams of standard output and error, by handle. */
  readonly #printing = new Set<number>();

  /** @param asleep - called when the component may fall asleep; returns the milliseconds since then */
  constructor(tell: (event: StoryEvent) => void, asleep: () => () => number) {
    this.#tell = tell;
    this.#asleep = asleep;
  }

  /** What to do before and after calls of this name; undefined if they are not told. */
  observer(name: string, memory: GuestMemory, text: Text): ((args: Arguments) => After) | undefined {
    const calls = new HostCalls(memory);
    if (name === "poll.poll") return (args) => this.#poll(args.map(Number), calls);
    if (name === "pollable.block") return ([handle]) => this.#block(Number(handle));
    if (PRINTS.test(name)) return () => ({ returned: (stream) => void this.#printing.add(Number(stream)), left() {} });
    if (SUBSCRIBES.test(name)) return ([handle]) => this.#subscribed(name, Number(handle));
    if (!TOLD.test(name)) return undefined;
    return (args) => {
      if (name.startsWith("output-stream.") && this.#printing.has(Number(args[0]))) return NOTHING;
      const call = text.before(args);
      return {
        returned: (value) => this.#tell({ event: "call", call, result: text.after(args, value) }),
        left() {},
      };
    };
  }

  /** Handles are reused. */
  dropped(resource: string, handle: number): void {
    if (resource === "output-stream") this.#printing.delete(handle);
  }

  #subscribed(name: string, handle: number): After {
    const of = name.startsWith("monotonic-clock") ? "clock" : `${name.slice(0, name.indexOf("."))} ${handle}`;
    return { returned: (pollable) => void this.#made.set(Number(pollable), of), left() {} };
  }

  #pollable(handle: number): Pollable {
    return { pollable: handle, of: this.#made.get(handle) ?? "?" };
  }

  #poll([pointer, length, result]: number[], calls: HostCalls): After {
    calls.refresh();
    const waits = Array.from({ length }, (_, index) => this.#pollable(calls.u32((pointer >>> 0) + index * 4)));
    const slept = this.#asleep();
    return {
      returned: () => {
        const duration = slept();
        calls.refresh();
        const [at, count] = [calls.u32(result >>> 0), calls.u32((result >>> 0) + 4)];
        const indices = Array.from({ length: Math.min(count, length) }, (_, index) => calls.u32(at + index * 4));
        const ready = indices.flatMap((index) => waits[index] ?? []);
        this.#tell({ event: "pollables", slept: duration, waits, ready });
      },
      left() {},
    };
  }

  #block(handle: number): After {
    const waits = [this.#pollable(handle)];
    const slept = this.#asleep();
    return { returned: () => this.#tell({ event: "pollables", slept: slept(), waits, ready: waits }), left() {} };
  }
}

const NOTHING: After = { returned() {}, left() {} };

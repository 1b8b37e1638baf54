import { describe, expect, it } from "vitest";
import { Errno } from "../../../wasi-host/abi/errno.ts";
import { ERROR, INPUT_STREAM, OUTPUT_STREAM } from "../../../wasi-host/bindings/preview2/resources.ts";
import { HandleTable } from "../../../wasi-host/components/handles.ts";
import type { EdgeQueue } from "../../../wasi-host/drivers/contract/driver.ts";
import { SimulatedDriver } from "../../../wasi-host/drivers/simulated/index.ts";
import { ProcessExit } from "../../../wasi-host/kernel/process-exit.ts";
import { CallbackOutput } from "../../../wasi-host/stdio/given.ts";
import { FlatGuest } from "./flat-guest.ts";

const open = (options = {}) => new FlatGuest(new SimulatedDriver(), options);
const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);
const MANY = 100_000;

describe("wasi:io/streams over standard input and output", () => {
  it("reads what is there, in an allocation of that length, and then the end", () => {
    using guest = open();
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    expect(text(guest.read(stdin, 3))).toBe("inp");
    expect(text(guest.read(stdin, 100))).toBe("ut");
    expect(guest.read(stdin, 100)).toBe("closed");
    expect(guest.read(stdin, 0)).toBe("closed");
  });

  it("reads 0 bytes of a stream that is open", () => {
    using guest = open();
    expect(guest.read(guest.call("cli/stdin#get-stdin") as number, 0)).toEqual(new Uint8Array());
    expect(guest.allocations).toEqual([]);
  });

  it("takes a length as unsigned", () => {
    using guest = open();
    expect(text(guest.read(guest.call("cli/stdin#get-stdin") as number, -1))).toBe("input");
  });

  it("skips bytes, and blocks for none that are there", () => {
    using guest = open();
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    guest.call("io/streams#[method]input-stream.skip", stdin, 2n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 2n]);
    guest.call("io/streams#[method]input-stream.blocking-skip", stdin, 1n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 1n]);
    expect(text(guest.read(stdin, 9, "blocking-read"))).toBe("ut");
    guest.call("io/streams#[method]input-stream.skip", stdin, 2n, guest.area);
    expect([guest.u8(0), guest.u8(8)]).toEqual([1, 1]);
    guest.call("io/streams#[method]input-stream.blocking-skip", stdin, 2n, guest.area);
    expect([guest.u8(0), guest.u8(8)]).toEqual([1, 1]);
  });

  it("writes what check-write has permitted", () => {
    using guest = open();
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    expect(guest.checkWrite(stdout)).toBe(65_536);
    expect(guest.write(stdout, "one")).toBeUndefined();
    expect(guest.write(stdout, "two", "blocking-write-and-flush")).toBeUndefined();
    expect(guest.output).toEqual(["one", "two"]);
  });

  it("traps at a write that check-write has not permitted", () => {
    using guest = open();
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    expect(() => guest.write(stdout, "one")).toThrow(WebAssembly.RuntimeError);
    guest.checkWrite(stdout);
    expect(() => guest.call("io/streams#[method]output-stream.write", stdout, 0, 65_537, guest.area)).toThrow(
      "check-write has permitted 65536",
    );
    expect(() => guest.call("io/streams#[method]output-stream.write-zeroes", stdout, 65_537n, guest.area)).toThrow(
      WebAssembly.RuntimeError,
    );
    expect(() => guest.call("io/streams#[method]output-stream.write-zeroes", stdout, -1n, guest.area)).toThrow(
      WebAssembly.RuntimeError,
    );
  });

  it("traps at a blocking write of more than 4,096 bytes", () => {
    using guest = open();
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    guest.checkWrite(stdout);
    expect(() => guest.write(stdout, "x".repeat(4097), "blocking-write-and-flush")).toThrow(WebAssembly.RuntimeError);
    expect(() =>
      guest.call("io/streams#[method]output-stream.blocking-write-zeroes-and-flush", stdout, 4097n, guest.area),
    ).toThrow(WebAssembly.RuntimeError);
    expect(guest.output).toEqual([]);
  });

  it("writes zeroes", () => {
    using guest = open();
    const stderr = guest.call("cli/stderr#get-stderr") as number;
    guest.checkWrite(stderr);
    guest.call("io/streams#[method]output-stream.write-zeroes", stderr, 2n, guest.area);
    expect(guest.u8(0)).toBe(0);
    guest.call("io/streams#[method]output-stream.blocking-write-zeroes-and-flush", stderr, 3n, guest.area);
    expect(guest.u8(0)).toBe(0);
    expect(guest.output).toEqual(["err \0\0", "err \0\0\0"]);
  });

  it("flushes", () => {
    using guest = open();
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    for (const name of ["flush", "blocking-flush"]) {
      guest.call(`io/streams#[method]output-stream.${name}`, stdout, guest.area);
      expect(guest.u8(0)).toBe(0);
    }
  });

  it("splices from one stream to another, until the end of the first", () => {
    using guest = open();
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    guest.call("io/streams#[method]output-stream.splice", stdout, stdin, 2n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 2n]);
    guest.call("io/streams#[method]output-stream.blocking-splice", stdout, stdin, 100n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 3n]);
    expect(guest.output).toEqual(["in", "put"]);
    for (const name of ["splice", "blocking-splice"]) {
      guest.call(`io/streams#[method]output-stream.${name}`, stdout, stdin, 2n, guest.area);
      expect([guest.u8(0), guest.u8(8)]).toEqual([1, 1]);
    }
  });

  it("tells of a failure once, with an error that has a text, and is closed after that", () => {
    const broken = new CallbackOutput(() => {});
    broken.write = () => -51; // ENOSPC
    using guest = open({ stdios: [broken, broken, broken] });
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    guest.checkWrite(stdout);
    const failed = guest.write(stdout, "x");
    expect(failed).toEqual({ error: expect.any(Number) });
    expect(guest.debugString(failed as { error: number })).toBe("ENOSPC");
    expect(guest.checkWrite(stdout)).toBe("closed");
    expect(guest.write(stdout, "")).toBe("closed");
    expect(guest.handles.count).toBe(1);
  });

  it("is closed when the other side of a pipe is gone", () => {
    const broken = new CallbackOutput(() => {});
    broken.write = () => -64; // EPIPE
    using guest = open({ stdios: [broken, broken, broken] });
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    expect(guest.write(stdout, "x", "blocking-write-and-flush")).toBe("closed");
    expect(guest.checkWrite(stdout)).toBe("closed");
  });

  it("has pollables that are ready", () => {
    using guest = open();
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    const input = guest.call("io/streams#[method]input-stream.subscribe", stdin) as number;
    const output = guest.call("io/streams#[method]output-stream.subscribe", stdout) as number;
    expect([guest.ready(input), guest.ready(output)]).toEqual([true, true]);
    expect(guest.poll(input, output)).toEqual([0, 1]);
    expect(() => guest.drop("io/streams/input-stream", stdin)).toThrow(WebAssembly.RuntimeError);
    guest.drop("io/poll/pollable", input);
    guest.drop("io/streams/input-stream", stdin);
  });
});

describe("wasi:io/poll", () => {
  it("traps at an empty list", () => {
    using guest = open();
    expect(() => guest.poll()).toThrow("the list is empty");
  });

  it("waits until the first of several timers ends, and not less", () => {
    using guest = open();
    const late = guest.call("clocks/monotonic-clock#subscribe-duration", 50_000_000n) as number;
    const soon = guest.call("clocks/monotonic-clock#subscribe-duration", 20_000_000n) as number;
    const before = guest.call("clocks/monotonic-clock#now") as bigint;
    expect([guest.ready(late), guest.ready(soon)]).toEqual([false, false]);
    expect(guest.poll(late, soon)).toEqual([1]);
    expect(guest.call("clocks/monotonic-clock#now") as bigint).toBeGreaterThanOrEqual(before + 20_000_000n);
    guest.call("io/poll#[method]pollable.block", late);
    expect([guest.ready(late), guest.ready(soon)]).toEqual([true, true]);
    expect(guest.poll(late, soon)).toEqual([0, 1]);
  });

  it("reports a pollable that is twice in the list at both places", () => {
    using guest = open();
    const timer = guest.call("clocks/monotonic-clock#subscribe-duration", 1_000_000n) as number;
    expect(guest.poll(timer, timer)).toEqual([0, 1]);
    expect(guest.poll(timer, timer)).toEqual([0, 1]);
  });

  it("is ready at once for an instant that has passed", () => {
    using guest = open();
    expect(guest.ready(guest.call("clocks/monotonic-clock#subscribe-instant", 0n) as number)).toBe(true);
    expect(guest.ready(guest.call("clocks/monotonic-clock#subscribe-duration", 0n) as number)).toBe(true);
    expect(guest.ready(guest.call("clocks/monotonic-clock#subscribe-instant", -1n) as number)).toBe(false);
  });

  it(`takes a list of ${MANY}`, () => {
    using guest = open();
    const never = guest.call("clocks/monotonic-clock#subscribe-instant", -1n) as number;
    const soon = guest.call("clocks/monotonic-clock#subscribe-duration", 1_000_000n) as number;
    const at = 65_536;
    new Uint32Array(guest.memory.buffer, at, MANY).fill(never)[MANY - 1] = soon;
    guest.realloc(0, 0, 1, MANY * 4);
    guest.call("io/poll#poll", at, MANY, guest.area);
    expect(guest.numbers(0)).toEqual([MANY - 1]);
  });

  it("traps at a handle of another kind, a dropped one, and a list beyond memory", () => {
    using guest = open();
    const stdout = guest.call("cli/stdout#get-stdout") as number;
    expect(() => guest.poll(stdout)).toThrow("is a output-stream");
    const timer = guest.call("clocks/monotonic-clock#subscribe-duration", 0n) as number;
    guest.drop("io/poll/pollable", timer);
    expect(() => guest.poll(timer)).toThrow(WebAssembly.RuntimeError);
    expect(() => guest.ready(0)).toThrow(WebAssembly.RuntimeError);
    expect(() => guest.call("io/poll#poll", 64, -1, guest.area)).toThrow("beyond memory");
    expect(() => guest.call("io/poll#poll", 66, 1, guest.area)).toThrow("not aligned");
    expect(() => guest.call("io/poll#poll", 64, 1, 66)).toThrow("not aligned");
    expect(() => guest.call("io/poll#poll", 64, 1, -4)).toThrow("beyond memory");
  });
});

/** Notes sleeps and takes of wakeups, and refuses a place in the queue while `refuses` is true. */
class NotingDriver extends SimulatedDriver {
  readonly calls: string[] = [];
  refuses = false;
  /** Called once, at the start of the next sleep on descriptors. */
  onSleep: (() => void) | undefined;
  /** The handle of the last send. */
  sender = -1;

  override send(handle: number, bytes: Uint8Array, offset: number, length: number): number {
    this.sender = handle;
    return super.send(handle, bytes, offset, length);
  }

  override poll(fds: Int32Array, count: number, timeout: number, edges?: EdgeQueue): number {
    if (timeout > 0) {
      this.calls.push("sleep");
      this.onSleep?.();
      this.onSleep = undefined;
    }
    return super.poll(fds, count, timeout, edges);
  }

  override edges(): EdgeQueue {
    const queue = super.edges();
    const { arm, park, take } = queue;
    return Object.assign(queue, {
      arm: (...values: Parameters<typeof arm>) => (this.refuses ? -Errno.PERM : arm.apply(queue, values)),
      park: (timeout: number) => {
        if (timeout > 0) this.calls.push("sleep");
        return park.call(queue, timeout);
      },
      take: (...values: Parameters<typeof take>) => {
        this.calls.push("take");
        return take.apply(queue, values);
      },
    });
  }
}

describe("a poll that sleeps", () => {
  const send = (guest: FlatGuest, stream: number) => guest.write(stream, "x", "blocking-write-and-flush");

  it("takes the wakeups after the sleep, and not before it too", () => {
    const driver = new NotingDriver();
    using guest = new FlatGuest(driver);
    const [client, server] = guest.pair();
    const pollable = guest.subscribeInput(server.input);
    guest.ready(pollable);
    send(guest, client.output);
    driver.calls.length = 0;
    expect(guest.poll(pollable)).toEqual([0]);
    expect(driver.calls).toEqual(["sleep", "take"]);
    expect(text(guest.read(server.input, 10))).toBe("x");
  });

  it("reports a stream beside one that has no place in the queue", () => {
    const driver = new NotingDriver();
    using guest = new FlatGuest(driver);
    const [client, server] = guest.pair();
    driver.refuses = true;
    const [, other] = guest.pair();
    send(guest, client.output);
    expect(text(guest.read(server.input, 10, "blocking-read"))).toBe("x");
    const pollables = [guest.subscribeInput(other.input), guest.subscribeInput(server.input)];
    expect(guest.ready(pollables[1])).toBe(false);
    driver.calls.length = 0;
    driver.onSleep = () => driver.send(driver.sender, new Uint8Array(1), 0, 1);
    expect(guest.pollFor(1000, ...pollables)).toEqual([1]);
    expect(driver.calls.filter((call) => call === "sleep")).toHaveLength(1);
  });
});

describe("memory of the guest's", () => {
  it("is looked at anew when realloc has grown it", () => {
    using guest = open();
    guest.onRealloc = () => guest.memory.grow(1);
    expect(text(guest.read(guest.call("cli/stdin#get-stdin") as number, 100))).toBe("input");
  });

  it.each([
    ["is not aligned", 70_001],
    ["is beyond memory", 0xffff_fff0],
  ])("traps where realloc returns what %s", (_, address) => {
    using guest = open({ args: ["a"] });
    Object.assign(guest, { realloc: () => address });
    expect(() => guest.call("cli/environment#get-arguments", guest.area)).toThrow(WebAssembly.RuntimeError);
  });

  it("traps where a list is to be returned and no realloc was given", () => {
    using guest = open({ args: ["a"] });
    Object.assign(guest, { realloc: undefined });
    expect(() => guest.call("cli/environment#get-arguments", guest.area)).toThrow("without realloc");
  });
});

describe("wasi:cli", () => {
  it("tells arguments and environment", () => {
    using guest = open({ args: ["program", "", "grün"], env: ["HOME=/", "EMPTY=", "EQUAL=a=b"] });
    guest.call("cli/environment#get-arguments", guest.area);
    expect(guest.strings(0)).toEqual(["program", "", "grün"]);
    guest.call("cli/environment#get-environment", guest.area);
    expect(guest.strings(0, 2)).toEqual(["HOME", "/", "EMPTY", "", "EQUAL", "a=b"]);
    guest.call("cli/environment#initial-cwd", guest.area);
    expect(guest.u8(0)).toBe(0);
  });

  it("has empty lists where there is nothing", () => {
    using guest = open();
    guest.call("cli/environment#get-arguments", guest.area);
    expect(guest.u32(4)).toBe(0);
    guest.call("cli/environment#get-environment", guest.area);
    expect(guest.u32(4)).toBe(0);
  });

  it.each([
    ["exit", 0, 0],
    ["exit", 1, 1],
    ["exit-with-code", 7, 7],
    ["exit-with-code", 255, 255],
  ])("ends by %s(%i) with the status %i", (name, value, status) => {
    using guest = open();
    let thrown: unknown;
    try {
      guest.call(`cli/exit#${name}`, value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ProcessExit);
    expect((thrown as ProcessExit).code).toBe(status);
  });

  it("traps at an exit with a result of no case", () => {
    using guest = open();
    expect(() => guest.call("cli/exit#exit", 2)).toThrow(WebAssembly.RuntimeError);
  });

  it("has terminals where stdio is one", () => {
    class Terminal extends CallbackOutput {
      override readonly filetype = 2 as 0;
    }
    const [terminal, file] = [new Terminal(() => {}), new CallbackOutput(() => {})];
    using guest = open({ stdios: [terminal, file, terminal] });
    guest.call("cli/terminal-stdin#get-terminal-stdin", guest.area);
    expect(guest.u8(0)).toBe(1);
    guest.drop("cli/terminal-input/terminal-input", guest.u32(4));
    guest.call("cli/terminal-stdout#get-terminal-stdout", guest.area);
    expect(guest.u8(0)).toBe(0);
    guest.call("cli/terminal-stderr#get-terminal-stderr", guest.area);
    expect(guest.u8(0)).toBe(1);
    guest.drop("cli/terminal-output/terminal-output", guest.u32(4));
    expect(guest.handles.count).toBe(0);
  });
});

describe("wasi:clocks", () => {
  it("counts nanoseconds that never go back", () => {
    using guest = open();
    const first = guest.call("clocks/monotonic-clock#now") as bigint;
    expect(guest.call("clocks/monotonic-clock#now") as bigint).toBeGreaterThanOrEqual(first);
    expect(guest.call("clocks/monotonic-clock#resolution") as bigint).toBeGreaterThan(0n);
  });

  it("tells the time of day, which starts with 2000 in the simulated network", () => {
    using guest = open();
    guest.call("clocks/wall-clock#now", guest.area);
    expect(guest.u64(0) / 60n).toBe(946_684_800n / 60n);
    expect(guest.u32(8)).toBeLessThan(1_000_000_000);
    guest.call("clocks/wall-clock#resolution", guest.area);
    expect([guest.u64(0), guest.u32(8)]).toEqual([0n, 1000]);
  });

  it("has no time zones, which are unstable", () => {
    using guest = open();
    expect(guest.host.lower("wasi:clocks/timezone", "0.2.12", "display", { ...guest })).toBeUndefined();
  });
});

describe("wasi:random", () => {
  it.each(["random#get-random", "insecure#get-insecure-random"])("gives bytes and numbers: %s", (name) => {
    using guest = open();
    guest.call(`random/${name}-bytes`, 100_000n, guest.area);
    const bytes = guest.list(0);
    expect(bytes.length).toBe(100_000);
    expect(new Set(bytes.subarray(99_000)).size).toBeGreaterThan(100);
    guest.call(`random/${name}-bytes`, 0n, guest.area);
    expect(guest.list(0).length).toBe(0);
    expect(guest.call(`random/${name}-u64`)).not.toBe(guest.call(`random/${name}-u64`));
    expect(() => guest.call(`random/${name}-bytes`, -1n, guest.area)).toThrow(WebAssembly.RuntimeError);
    expect(() => guest.call(`random/${name}-bytes`, 1n << 32n, guest.area)).toThrow(WebAssembly.RuntimeError);
  });

  it("gives a seed of two numbers", () => {
    using guest = open();
    guest.call("random/insecure-seed#insecure-seed", guest.area);
    expect(guest.u64(0)).not.toBe(guest.u64(8));
  });
});

describe("versions and names", () => {
  const lowering = () => ({ memory: undefined, realloc: undefined, handles: new HandleTable() });

  it("serves all of 0.2, and nothing else", () => {
    using guest = open();
    for (const version of ["0.2.0", "0.2.9", "0.2.12", "0.2.99"]) {
      expect(guest.host.lower("wasi:io/poll", version, "poll", lowering())).toBeDefined();
    }
    for (const version of ["", "0.1.0", "0.3.0", "0.2", "0.2.0-rc-2023-12-05"]) {
      expect(guest.host.lower("wasi:io/poll", version, "poll", lowering())).toBeUndefined();
    }
  });

  it("knows no other interface, function or resource", () => {
    using guest = open();
    expect(guest.host.lower("wasi:http/types", "0.2.0", "poll", lowering())).toBeUndefined();
    expect(guest.host.lower("wasi:io/poll", "0.2.0", "toString", lowering())).toBeUndefined();
    expect(guest.host.lower("toString", "0.2.0", "poll", lowering())).toBeUndefined();
    expect(guest.host.drop("wasi:io/poll", "pollables", guest.handles)).toBeUndefined();
  });

  it("names the calls that may wait", () => {
    using guest = open();
    expect(guest.host.waits("wasi:io/poll", "poll")).toBe(true);
    expect(guest.host.waits("wasi:io/streams", "[method]input-stream.read")).toBe(false);
  });

  it("keeps the kinds of handles apart", () => {
    using guest = open();
    const stdin = guest.call("cli/stdin#get-stdin") as number;
    expect(() => guest.handles.get(OUTPUT_STREAM, stdin)).toThrow(WebAssembly.RuntimeError);
    expect(() => guest.handles.get(ERROR, stdin)).toThrow(WebAssembly.RuntimeError);
    expect(guest.handles.get(INPUT_STREAM, stdin)).toBeDefined();
  });
});

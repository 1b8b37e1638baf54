/** Programs that return to their host: the results of steps, and signals. The ring is in ring.test.ts. */

import net from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OP_RECV } from "../../assembly/abi/operation.ts";
import { READY_FILE } from "../../assembly/abi/ready-file.ts";
import { IN, OUT, RDHUP } from "../../wasi-host/abi/readiness.ts";
import { pollux, Run } from "./command.ts";
import { program } from "./guest-program.ts";
import { GuestRing } from "./guest-ring.ts";
import { BUFFER, FINISHED, FOREVER, LISTENER, SteppedGuest } from "./stepped-guest.ts";

const MILLISECOND = 1_000_000n;

describe("a stepped program", () => {
  it("is initialized, then stepped until it has finished, with status 0", async () => {
    using guest = await SteppedGuest.open();
    const did: string[] = [];
    const step = (name: string, result: number) => () => did.push(name) && result;
    const initialize = () => void did.push("initialize");
    expect(guest.run([step("one", 0), step("two", 1), step("three", 0)], { _initialize: initialize })).toBe(0);
    expect(did).toEqual(["initialize", "one", "two", "three"]);
  });

  it("is a command if it exports _start", async () => {
    using guest = await SteppedGuest.open();
    const step = () => {
      throw new Error("stepped");
    };
    expect(guest.run([step], { _start: () => {} })).toBe(0);
  });

  it("exits with the status of proc_exit in a step, in its handler, or during initialization", async () => {
    const exit = (guest: SteppedGuest) => () => guest.calls.proc_exit(7);
    using first = await SteppedGuest.open();
    expect(first.run([() => 0, exit(first)])).toBe(7);
    using second = await SteppedGuest.open();
    expect(second.run([], { _initialize: exit(second) })).toBe(7);
    using third = await SteppedGuest.open();
    const step = () => {
      const { fd, peer } = third.connection();
      third.arm(fd, IN);
      third.send(peer, "x");
      return FOREVER;
    };
    expect(third.run([step], { pollux_signal: exit(third) })).toBe(7);
  });

  it("throws its trap", async () => {
    using guest = await SteppedGuest.open();
    const trap = new WebAssembly.RuntimeError("unreachable");
    const step = () => {
      throw trap;
    };
    expect(() => guest.run([step])).toThrow(trap);
  });

  it.each([-2, -0x8000_0000, 1.5, Number.NaN, 5n, undefined])("traps if a step returns %s", async (result) => {
    using guest = await SteppedGuest.open();
    expect(() => guest.run([() => result])).toThrow(WebAssembly.RuntimeError);
  });

  it("sleeps for the returned time if nothing arrives", async () => {
    using guest = await SteppedGuest.open();
    const times: bigint[] = [];
    const step = (result: number) => () => times.push(process.hrtime.bigint()) && result;
    guest.run([step(30), step(0)]);
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(30n * MILLISECOND);
  });

  it("can open its ready file in a step, and gets signals from then on", async () => {
    using guest = await SteppedGuest.open({ ask: false });
    const signals: number[][] = [];
    const { fd, peer } = guest.connection();
    const ask = () => {
      expect(guest.calls.fd_fdstat_get(READY_FILE, BUFFER)).toBe(0);
      guest.arm(fd, IN);
      guest.send(peer, "x");
      return FOREVER;
    };
    expect(guest.run([() => 2, ask], { pollux_signal: (...signal: number[]) => signals.push(signal) })).toBe(0);
    expect(signals).toEqual([[fd, IN]]);
  });

  it("sleeps without a ready file", async () => {
    using guest = await SteppedGuest.open({ ask: false });
    let handled = 0;
    expect(guest.run([() => 2, () => 1], { pollux_signal: () => handled++ })).toBe(0);
    expect(handled).toBe(0);
    await expect(guest.host.wakeup(1e6, new AbortController().signal)).rejects.toThrow("ENOTSUP");
  });
});

describe("signals", () => {
  it("pass the descriptor and its readiness, and end a sleep", async () => {
    using guest = await SteppedGuest.open();
    const signals: number[][] = [];
    const { fd, peer } = guest.connection();
    const arm = () => {
      guest.arm(fd, IN | RDHUP);
      guest.arm(LISTENER, IN);
      return 0;
    };
    const data = () => {
      guest.send(peer, "x");
      return FOREVER;
    };
    const end = () => {
      guest.driver.shutdown(peer, 2);
      return FOREVER;
    };
    const connect = () => {
      guest.driver.connect(guest.host.listening[0]);
      return FOREVER;
    };
    guest.run([arm, data, end, connect], { pollux_signal: (...signal: number[]) => signals.push(signal) });
    expect(signals).toEqual([
      [fd, IN],
      [fd, IN | RDHUP],
      [LISTENER, IN],
    ]);
  });

  it("come between two steps: an event during a step waits for its end", async () => {
    using guest = await SteppedGuest.open();
    const did: string[] = [];
    const { fd, peer } = guest.connection();
    const compute = () => {
      did.push("compute");
      guest.send(peer, "x");
      did.push("computed");
      return 0;
    };
    guest.run([() => guest.arm(fd, IN) ?? 0, compute, () => did.push("copy") && 0], {
      pollux_signal: () => did.push("signal"),
    });
    expect(did).toEqual(["compute", "computed", "signal", "copy"]);
  });

  it("are edges: earlier readiness makes none, and several wakeups between two steps make one", async () => {
    using guest = await SteppedGuest.open();
    let signals = 0;
    const { fd, peer } = guest.connection();
    guest.send(peer, "early");
    const twice = () => {
      guest.send(peer, "a");
      guest.send(peer, "b");
      return 0;
    };
    const counts: number[] = [];
    const count = () => counts.push(signals) && 0;
    guest.run([() => guest.arm(fd, IN) ?? 0, count, twice, count, count], { pollux_signal: () => signals++ });
    expect(counts).toEqual([0, 1, 1]);
  });

  it("stop for a descriptor that the handler closes", async () => {
    using guest = await SteppedGuest.open();
    const handled: number[] = [];
    const { fd, peer } = guest.connection();
    const step = () => {
      guest.arm(fd, IN);
      guest.arm(fd, IN | OUT);
      guest.send(peer, "x");
      return 1;
    };
    const handle = (which: number) => {
      handled.push(which);
      guest.calls.fd_close(which);
    };
    guest.run([step, () => 1], { pollux_signal: handle });
    expect(handled).toEqual([fd]);
  });

  it("of hundreds of descriptors are all delivered, with steps between them", async () => {
    using guest = await SteppedGuest.open();
    const connections = Array.from({ length: 300 }, () => guest.connection());
    const handled = new Set<number>();
    const seen: number[] = [];
    const step = () => {
      for (const { fd, peer } of connections) {
        guest.arm(fd, IN);
        guest.send(peer, "x");
      }
      return FOREVER;
    };
    const look = () => seen.push(handled.size) && 0;
    guest.run([step, look, look], { pollux_signal: (fd: number) => handled.add(fd) });
    expect(handled.size).toBe(300);
    expect(seen[0]).toBeLessThan(300);
  });

  it("are records for the program to read if it has no handler", async () => {
    using guest = await SteppedGuest.open();
    const { fd, peer } = guest.connection();
    const other = guest.connection();
    const read: unknown[] = [];
    const step = () => {
      guest.arm(fd, IN);
      guest.send(peer, "x");
      // Arming this one takes the record above from the kernel: the wait must not sleep over it.
      guest.arm(other.fd, IN);
      return FOREVER;
    };
    guest.run([step, () => read.push(...guest.wakeups()) && 1]);
    expect(read).toEqual([[fd, IN, IN]]);
  });

  it("need a ready file", async () => {
    using guest = await SteppedGuest.open({ edgeSource: false });
    const { peer } = guest.connection();
    let signals = 0;
    guest.run([() => guest.send(peer, "x") ?? 0, () => 2], { pollux_signal: () => signals++ });
    expect(signals).toBe(0);
  });
});

describe("stepping without blocking the thread", () => {
  it("leaves the event loop free between steps and in sleeps, and returns the exit status", async () => {
    using guest = await SteppedGuest.open();
    const [{ host, port }] = guest.host.listening;
    const client = net.connect(port, host);
    let fd = -1;
    let turns = 0;
    const count = () => turns++;
    const accept = () => {
      fd = guest.accept();
      guest.arm(fd, IN);
      setImmediate(count);
      client.write("hello");
      return FOREVER;
    };
    const handled: number[] = [];
    const handle = (which: number) => handled.push(which);
    const more = () => setImmediate(count) && 0;
    const steps = [() => guest.arm(LISTENER, IN) ?? FOREVER, accept, more, () => guest.calls.proc_exit(turns)];
    expect(await guest.host.startAsync(guest.instance(steps, { pollux_signal: handle }))).toBe(2);
    expect(handled).toEqual([LISTENER, fd]);
    client.destroy();
  });

  it("serves the ring too, even if memory grows", async () => {
    using guest = await SteppedGuest.open();
    const ring = new GuestRing(guest, 4);
    const { fd, peer } = guest.connection();
    const submit = () => {
      ring.submit({ op: OP_RECV, fd, buffer: BUFFER, length: 8 });
      return FOREVER;
    };
    const look = () => {
      expect(ring.take()).toEqual([[0n, 4]]);
      expect(guest.text(BUFFER, 4)).toBe("late");
      return FINISHED;
    };
    const status = guest.host.startAsync(guest.instance([submit, look], ring.exports));
    await setTimeout(5);
    guest.memory.grow(1);
    guest.send(peer, "late");
    expect(await status).toBe(0);
  });

  it("ends at an aborted signal, asleep or computing", async () => {
    const reason = new Error("enough");
    for (const pollux_step of [() => FOREVER, () => 0]) {
      const abort = new AbortController();
      using guest = await SteppedGuest.open({ signal: abort.signal });
      const status = guest.host.startAsync(guest.instance([], { pollux_step }));
      await setTimeout(5);
      abort.abort(reason);
      await expect(status).rejects.toBe(reason);
    }
  });

  it("refuses a command whose calls block", async () => {
    using guest = await SteppedGuest.open();
    const exports = { memory: guest.memory, _start: () => {} } as unknown as WebAssembly.Exports;
    await expect(guest.host.startAsync({ exports })).rejects.toThrow("block the thread");
  });
});

describe("pollux run", () => {
  const compiled = (name: string, body: string) => program(name, `export function pollux_step(): i32 { ${body} }`);

  it("steps such a module by default", async () => {
    const module = await compiled("finished.wasm", `return ${FINISHED};`);
    expect(await pollux("run", module)).toMatchObject({ out: "", error: "", status: 0 });
  });

  it("ends at SIGTERM with its default action, asleep or computing", async () => {
    for (const [name, result] of [
      ["asleep.wasm", FOREVER],
      ["busy.wasm", 0],
    ] as const) {
      const run = new Run("run", "--listen", "127.0.0.1:0", await compiled(name, `return ${result};`));
      await run.printed(/listening on .*\n/);
      run.child.kill("SIGTERM");
      expect(await run.ended).toMatchObject({ status: null, signal: "SIGTERM" });
    }
  });

  it("traps at an invalid step result, and refuses a module with an invalid ring", async () => {
    const senseless = await pollux("run", await compiled("senseless.wasm", "return -7;"));
    expect(senseless).toMatchObject({ out: "", status: 134 });
    expect(senseless.error).toMatch(/^pollux: trap: pollux_step\(\) returned -7, expected -1, 0/);
    const source = `export function pollux_step(): i32 { return 0; } export function pollux_ring(): usize { return memory.data(64); }`;
    const ringless = await pollux("run", await program("ringless.wasm", source));
    expect(ringless).toMatchObject({ out: "", status: 2 });
    expect(ringless.error).toMatch(/^pollux: '.*ringless.wasm' cannot start: .*capacity is 0.*\n$/);
  });
});

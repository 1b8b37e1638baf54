/** The ways to wait: each executes the same waits, and gives back what a wait holds, however it ends. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { IN } from "../../../../wasi-host/abi/readiness.ts";
import type { Driver, EdgeQueue } from "../../../../wasi-host/drivers/contract/driver.ts";
import { pollfds, revents, setPollfd } from "../../../../wasi-host/drivers/contract/pollfd.ts";
import { Blocking, NOTED } from "../../../../wasi-host/waiting/blocking.ts";
import { onFirstSleep } from "../../../../wasi-host/waiting/first-sleep.ts";
import { Suspending } from "../../../../wasi-host/waiting/suspending.ts";
import { Wait } from "../../../../wasi-host/waiting/wait.ts";

const HANDLE = 40;
const SECOND = 1e9;

/** A driver whose handle is ready after so many sleeps, each of which takes a second of its clock. */
class FakeDriver {
  time = 0;
  /** Sleeps until the handle is ready. */
  left = 1;
  /** What a sleep is refused with. */
  refusal = 0;
  readonly timeouts: number[] = [];

  now(): bigint {
    return BigInt(this.time);
  }

  poll(fds: Int32Array, count: number, timeout: number): number {
    this.timeouts.push(timeout);
    if (timeout > 0) {
      if (this.refusal < 0) return this.refusal;
      if (this.left > 0) this.left--;
      this.time += Math.min(timeout, SECOND);
    }
    if (this.left > 0 || count === 0) return 0;
    fds[1] = IN | (IN << 16);
    return 1;
  }

  async pollAsync(fds: Int32Array, count: number, timeout: number): Promise<number> {
    return this.poll(fds, count, timeout);
  }

  get asDriver(): Driver {
    return this as unknown as Driver;
  }
}

/** A queue of wakeups with nothing behind it: each sleep of a second makes one. */
class FakeQueue {
  queued = 0;
  readonly timeouts: number[] = [];

  park(timeout: number): number {
    this.timeouts.push(timeout);
    if (timeout > 0) this.queued++;
    return this.queued > 0 ? 1 : 0;
  }
}

class FakeWait extends Wait<string> {
  readonly fds = pollfds(1);
  readonly count: number;
  override readonly edges: EdgeQueue | undefined;
  override readonly looked: boolean;
  released = 0;
  readonly resumed: number[] = [];

  constructor(
    readonly deadline = Infinity,
    readonly next: (ready: number, wait: FakeWait) => string | Wait<string> = (ready) => `ready ${ready}`,
    { edges, looked = true }: { edges?: FakeQueue; looked?: boolean } = {},
  ) {
    super();
    this.count = edges === undefined ? 1 : 0;
    this.edges = edges as unknown as EdgeQueue | undefined;
    this.looked = looked;
    setPollfd(this.fds, 0, HANDLE, IN);
  }

  resume(ready: number): string | Wait<string> {
    this.resumed.push(ready);
    return this.next(ready, this);
  }

  override release(): void {
    this.released++;
  }
}

const ways = [
  ["blocking", (driver: FakeDriver) => new Blocking(driver.asDriver)],
  ["suspending", (driver: FakeDriver) => new Suspending(driver.asDriver, new AbortController().signal)],
] as const;

describe.each(ways)("%s", (_name, wayOf) => {
  it("hands an answer on as it is", async () => {
    expect(wayOf(new FakeDriver()).finish("there")).toBe("there");
  });

  it("waits until a handle is ready, and returns the wait", async () => {
    const driver = new FakeDriver();
    driver.left = 3;
    const wait = new FakeWait();
    expect(await wayOf(driver).finish(wait)).toBe("ready 1");
    expect([revents(wait.fds, 0), wait.released, driver.left]).toEqual([IN, 1, 0]);
  });

  it("resumes with 0 when the deadline has passed, and never before", async () => {
    const driver = new FakeDriver();
    driver.left = Infinity;
    const wait = new FakeWait(2.5 * SECOND);
    expect(await wayOf(driver).finish(wait)).toBe("ready 0");
    expect([driver.time, wait.resumed]).toEqual([2.5 * SECOND, [0]]);
  });

  it("resumes with the errno of a wait that failed", async () => {
    const driver = new FakeDriver();
    driver.refusal = -Errno.NOMEM;
    expect(await wayOf(driver).finish(new FakeWait())).toBe(`ready ${-Errno.NOMEM}`);
  });

  it("executes the next wait, and gives each back once", async () => {
    const second = new FakeWait();
    const first = new FakeWait(Infinity, () => second);
    expect(await wayOf(new FakeDriver()).finish(first)).toBe("ready 1");
    expect([first.released, second.released]).toEqual([1, 1]);
  });

  it("goes on with a wait that returns itself, and gives it back at its end alone", async () => {
    const released: number[] = [];
    const wait = new FakeWait(Infinity, (_ready, self) => {
      released.push(self.released);
      return self.resumed.length < 3 ? self : "third";
    });
    expect([await wayOf(new FakeDriver()).finish(wait), released, wait.released]).toEqual(["third", [0, 0, 0], 1]);
  });

  it("gives a wait back whose call throws, and throws that", async () => {
    const wait = new FakeWait(Infinity, () => {
      throw new WebAssembly.RuntimeError("trap");
    });
    const run = async () => await wayOf(new FakeDriver()).finish(wait);
    await expect(run()).rejects.toThrow("trap");
    expect(wait.released).toBe(1);
  });

  it("waits for wakeups", async () => {
    const edges = new FakeQueue();
    const driver = new FakeDriver();
    driver.pollAsync = async () => edges.park(1) - 1;
    expect(await wayOf(driver).finish(new FakeWait(Infinity, undefined, { edges }))).toBe("ready 1");
  });
});

describe("suspending", () => {
  it("answers without a promise where a call that has not looked finds something", () => {
    const driver = new FakeDriver();
    driver.left = 0;
    const way = new Suspending(driver.asDriver, new AbortController().signal);
    expect(way.finish(new FakeWait(Infinity, undefined, { looked: false }))).toBe("ready 1");
    expect(driver.timeouts).toEqual([0]);
  });

  it("answers without a promise where the time of a call that has not looked is over", () => {
    const driver = new FakeDriver();
    const way = new Suspending(driver.asDriver, new AbortController().signal);
    expect(way.finish(new FakeWait(0, undefined, { looked: false }))).toBe("ready 0");
  });

  it("rejects with the signal's reason, and returns the wait", async () => {
    const end = new AbortController();
    const driver = new FakeDriver();
    driver.pollAsync = async () => {
      end.abort(new Error("enough"));
      return 0;
    };
    const wait = new FakeWait();
    const answer = new Suspending(driver.asDriver, end.signal).finish(wait);
    await expect(answer).rejects.toThrow("enough");
    expect([wait.released, wait.resumed]).toEqual([1, []]);
  });
});

describe("work for the first sleep", () => {
  it("is done once, before the thread sleeps, and not for a look", () => {
    const driver = new FakeDriver();
    driver.left = 2;
    const blocking = new Blocking(driver.asDriver);
    const sleeps: number[] = [];
    onFirstSleep(() => sleeps.push(driver.timeouts.filter((timeout) => timeout > 0).length));
    blocking.finish(new FakeWait(0));
    expect(sleeps).toEqual([]);
    blocking.finish(new FakeWait());
    blocking.finish(new FakeWait());
    expect([sleeps, driver.left]).toEqual([[0], 0]);
  });

  it("is done before a sleep on wakeups alone", () => {
    const edges = new FakeQueue();
    const blocking = new Blocking(new FakeDriver().asDriver);
    let done = 0;
    onFirstSleep(() => done++);
    class WakeupsAlone extends FakeWait {
      override readonly wakeupsAlone = true;
    }
    blocking.finish(new WakeupsAlone(Infinity, undefined, { edges }));
    expect([done, edges.timeouts]).toEqual([1, [Infinity]]);
  });
});

describe("blocking, while an embedder sleeps in its place", () => {
  it("notes a call's sleep, and returns the wait", () => {
    const driver = new FakeDriver();
    const blocking = new Blocking(driver.asDriver);
    const wait = new FakeWait(Infinity, undefined, { looked: false });
    let answer: unknown;
    const noted = blocking.noting(() => void (answer = blocking.finish(wait)));
    expect([answer, noted?.count, noted?.fds[0], wait.released]).toEqual([NOTED, 1, HANDLE, 1]);
    expect(driver.timeouts).toEqual([0]);
  });

  it("notes nothing where the call finds something", () => {
    const driver = new FakeDriver();
    driver.left = 0;
    const blocking = new Blocking(driver.asDriver);
    const wait = new FakeWait(Infinity, undefined, { looked: false });
    let answer: unknown;
    const noted = blocking.noting(() => void (answer = blocking.finish(wait)));
    expect([answer, noted]).toEqual(["ready 1", undefined]);
  });
});

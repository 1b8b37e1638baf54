/**
 * A driver that never sleeps, with its own clock. A sleep with a deadline makes the clock jump; an endless sleep throws
 * `Asleep`, as if the guest had been ended in it. It counts its open handles.
 */
import type { Driver, EdgeQueue } from "../../../wasi-host/drivers/contract/driver.ts";
import { openDriver } from "../../../wasi-host/drivers/index.ts";

/** The call would have slept for ever. */
export class Asleep extends Error {}

/** Nanoseconds: a longer sleep counts as endless, and numbers stay exact. */
const FOR_EVER = 1e15;
/** Nanoseconds until sent bytes have arrived on loopback. */
const DELIVERY = 1e6;
/** The same through the net driver's thread, whose event loop takes turns. */
const DELIVERY_BY_THREAD = 20e6;
/** During the setup every sleep ends; only an overloaded machine takes this long. */
const SETUP_TIMEOUT = 20e9;
/** Calls that return handles, one or two. */
const OPENERS = ["listen", "connect", "accept", "pipe", "socketPair"] as const;

export interface BoundedDriver {
  readonly driver: Driver;
  /** Open handles. */
  readonly handles: ReadonlySet<number>;
  /** Open queues of wakeups. */
  readonly queues: ReadonlySet<EdgeQueue>;
  /** The guest is equipped: from now on a long sleep counts as endless. */
  equipped(): void;
}

export async function openBounded(name: string): Promise<BoundedDriver> {
  const driver = await openDriver(name);
  const handles = new Set<number>();
  const queues = new Set<EdgeQueue>();
  let skipped = 0;
  let patience = SETUP_TIMEOUT;
  const virtual = driver.name === "simulated";
  if (!virtual) driver.now = () => process.hrtime.bigint() + BigInt(skipped);

  const poll = driver.poll.bind(driver);
  /** Sleeps by `sleep`, which returns the events, at most until no more can come. */
  function slept(timeout: number, sleep: (timeout: number) => number): number {
    const come = sleep(0);
    if (come !== 0 || timeout <= 0) return come;
    if (timeout >= FOR_EVER) {
      const late = virtual ? endless(sleep) : sleep(patience);
      if (late === 0) throw new Asleep();
      return late;
    }
    if (virtual) return sleep(timeout);
    skipped += Math.ceil(timeout);
    return sleep(0);
  }

  driver.poll = (fds, count, timeout, edges) =>
    slept(timeout, (time) => poll(fds, count, time, edges) || (edges?.park(0) ?? 0));
  const edges = driver.edges.bind(driver);
  driver.edges = () => {
    const queue = edges();
    queues.add(queue);
    const [park, close] = [queue.park.bind(queue), queue.close.bind(queue)];
    queue.park = (timeout) => slept(timeout, park);
    queue.close = () => {
      queues.delete(queue);
      close();
    };
    return queue;
  };

  const bound = driver.bound!;
  const datagrams = driver.datagrams!;
  const openers: [object, string, (...args: never[]) => number | number[]][] = [
    ...OPENERS.map((name): [object, string, (...args: never[]) => number | number[]] => [
      driver,
      name,
      driver[name].bind(driver),
    ]),
    [bound, "open", bound.open.bind(bound)],
    [datagrams, "open", datagrams.open.bind(datagrams)],
  ];
  for (const [owner, opener, call] of openers) {
    const open = call as (...args: unknown[]) => number | number[];
    Object.assign(owner, {
      [opener]: (...args: unknown[]) => {
        const opened = open(...args);
        for (const handle of [opened].flat()) if (handle >= 0) handles.add(handle);
        return opened;
      },
    });
  }
  const close = driver.close.bind(driver);
  driver.close = (handle) => {
    handles.delete(handle);
    return close(handle);
  };
  const equipped = () => {
    patience = name === "net" ? DELIVERY_BY_THREAD : DELIVERY;
  };
  return { driver, handles, queues, equipped };
}

/** The simulated network says so when nothing will ever happen. */
function endless(sleep: (timeout: number) => number): number {
  try {
    return sleep(Infinity);
  } catch (error) {
    if (!(error as Error).message.startsWith("deadlock")) throw error;
    return 0;
  }
}

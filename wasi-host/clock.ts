/** Clocks, in nanoseconds, of whatever the platform has. */
interface Usage {
  /** Microseconds. */
  readonly user: number;
  readonly system: number;
}

/** Node, and those who are like it, count nanoseconds and CPU time; others have milliseconds with a fraction. */
const { process } = globalThis as {
  readonly process?: {
    readonly hrtime?: { bigint?(): bigint };
    cpuUsage?(): Usage;
    /** Node has it from 23.9 on. */
    threadCpuUsage?(): Usage;
  };
};

export const monotonic: () => bigint = process?.hrtime?.bigint ?? (() => BigInt(Math.round(performance.now() * 1e6)));

/** How far two readings of `monotonic` can be apart at least: browsers blur it to as much as a millisecond. */
export const MONOTONIC_RESOLUTION = process?.hrtime === undefined ? 1_000_000n : 1n;

/** CPU time of the process; undefined where nobody counts it. */
export const processTime = timeOf(process?.cpuUsage);

/** CPU time of the thread; where it is not counted the process' is the nearest there is. */
export const threadTime = timeOf(process?.threadCpuUsage) ?? processTime;

function timeOf(usage: (() => Usage) | undefined): (() => bigint) | undefined {
  if (usage === undefined) return undefined;
  return () => {
    const { user, system } = usage.call(process);
    return BigInt(user + system) * 1_000n;
  };
}

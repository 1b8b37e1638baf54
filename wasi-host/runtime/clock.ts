/** Clocks of the platform, in nanoseconds. */
interface Usage {
  /** Microseconds. */
  readonly user: number;
  readonly system: number;
}

/** Node and similar runtimes count nanoseconds and CPU time; others have fractional milliseconds. */
const { process } = globalThis as {
  readonly process?: {
    readonly hrtime?: { bigint?(): bigint };
    cpuUsage?(): Usage;
    /** Node has it from 23.9 on. */
    threadCpuUsage?(): Usage;
  };
};

export const monotonic: () => bigint = process?.hrtime?.bigint ?? (() => BigInt(Math.round(performance.now() * 1e6)));

/** The offset from the monotonic clock to the time of day. */
let offset = 0n;

/**
 * Date.now() counts milliseconds, and the monotonic clock adds the rest. If the two differ by more than 2 ms, as after a
 * change of the system's clock, Date.now() is right.
 */
export function realtime(): bigint {
  const wall = BigInt(Date.now()) * 1_000_000n;
  const ticks = monotonic();
  const now = ticks + offset;
  if (now >= wall && now < wall + 2_000_000n) return now;
  offset = wall - ticks;
  return wall;
}

/** The resolution of `monotonic`: browsers blur it to as much as a millisecond. */
export const MONOTONIC_RESOLUTION = process?.hrtime === undefined ? 1_000_000n : 1n;

/** CPU time of the process; undefined if the runtime does not report it. */
export const processTime = timeOf(process?.cpuUsage);

/** CPU time of the thread, or of the process if the runtime does not count threads. */
export const threadTime = timeOf(process?.threadCpuUsage) ?? processTime;

function timeOf(usage: (() => Usage) | undefined): (() => bigint) | undefined {
  if (usage === undefined) return undefined;
  return () => {
    const { user, system } = usage.call(process);
    return BigInt(user + system) * 1_000n;
  };
}

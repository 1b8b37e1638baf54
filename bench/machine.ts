/** The conditions of a benchmark, besides the measured code. */
import { existsSync, readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { onPath } from "./native.ts";
import { percent, spread } from "./statistics.ts";

export interface Machine {
  cpu: string;
  cores: number;
  /** Kernel release, as `uname -r` prints it. */
  kernel: string;
  node: string;
  /** ISO 8601, UTC. */
  date: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    date: new Date().toISOString(),
  };
}

/** "AMD EPYC, 2 cores, Linux 6.18, Node v20.20.2, on 2026-01-31". */
export function describe({ cpu, cores, kernel, node, date }: Machine): string {
  return `${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, on ${date.slice(0, 10)}`;
}

/** The other processes during the measurements; `others`: the share of a core that they used in each. */
export function describeOthers(others: number[]): string {
  const { median, max } = spread(others);
  return `Other processes used ${percent(median)} of a core during the run, ${percent(max)} in the worst round.`;
}

/** The core that the servers run on, one at a time, and the core of the load. */
export interface Pinning {
  server: number;
  load: number;
}

/**
 * Two cores to pin to; null without two cores, or without `taskset`.
 *
 * Pinning was tried both ways, seven alternating rounds each. With one connection the ratio of node:net to C ranged from
 * 0.99 to 1.08 pinned and from 0.78 to 1.09 free, where the scheduler at times put server and load on one core; with 50
 * connections there was no difference beyond the noise. And it makes the comparison plain: every server has one core,
 * V8's helper threads included, which would otherwise take their time on the core of the load.
 */
export function pinning(): Pinning | null {
  const [server, load] = allowedCores();
  return load !== undefined && onPath("taskset") ? { server, load } : null;
}

/** The command, run on this core, or as it is when nothing is pinned. `taskset` becomes the command: the pid is the same. */
export function pinned(core: number | undefined, command: string[]): string[] {
  return core === undefined ? command : ["taskset", "-c", String(core), ...command];
}

/** Core numbers that this process may use, from the kernel's list ("0-3,6"): in a container not all that exist. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * CPU seconds that a process has used, in user and kernel mode, by all of its threads: fields 14 and 15 of proc(5)'s
 * /proc/PID/stat. They count ticks of 10 ms, but the kernel scales them to the exact run time, so that the rounding is all
 * there is of error: half a percent of a core in two seconds. NaN for a process that has ended.
 */
export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) ? ticksOf(file, 14) / TICKS_PER_SECOND : Number.NaN;
}

/** The same of this process's children that have ended, and of theirs: fields 16 and 17. */
export function childrenCpuSeconds(): number {
  return ticksOf("/proc/self/stat", 16) / TICKS_PER_SECOND;
}

/** The sum of a field and the next one. Field 2 is the program's name in parentheses and may hold anything; field 3 follows the last of them. */
function ticksOf(file: string, field: number): number {
  const stat = readFileSync(file, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[field - 3]) + Number(fields[field - 2]);
}

/** CPU seconds that all processes together have used since the machine's start, on all cores. */
export function allCpuSeconds(): number {
  const milliseconds = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return milliseconds.reduce((sum, core) => sum + core) / 1000;
}

/** USER_HZ: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

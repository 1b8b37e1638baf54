/** Runs a load generator (load.c, http-load.c, flood.c, latency.c) against one server, and reads what that cost the server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BenchmarkError } from "./benchmark.ts";
import { allCpuSeconds, cpuSeconds, pinned } from "./machine.ts";
import { built } from "./native.ts";
import type { RunningServer } from "./servers.ts";

export interface Load {
  /** Connections that send, each the next message as soon as the last has come back. */
  connections: number;
  /** Connections that are open and never send. */
  idle: number;
  /** Length of a message. */
  bytes: number;
  /** Seconds before the measurement. Default: WARM_UP_SECONDS. */
  warmUp?: number;
}

/** One measurement. Latencies in microseconds. */
export interface Measurement {
  requests: number;
  seconds: number;
  requestsPerSecond: number;
  bytes: number;
  latencyP50: number;
  latencyP99: number;
  /** Share of the time in which the load had no answer to read. */
  waiting: number;
  /** CPU time of the server, all of its threads, divided by the requests. */
  cpuMicroseconds: number;
  /** Share of one core that other processes used meanwhile: well above 0, the figures are theirs as well. */
  others: number;
}

export const WARM_UP_SECONDS = 0.5;

/** Messages that come back: load.c. */
export function measure(
  server: RunningServer,
  { connections, idle, bytes, warmUp }: Load,
  seconds: number,
  core: number | undefined,
): Promise<Measurement> {
  return measureWith("bench/load.c", [connections, idle, bytes], server, seconds, core, warmUp);
}

/** What flood.c says beside. */
export interface FloodMeasurement extends Measurement {
  /** The longest wait of the connection that asks, in microseconds. */
  latencyMax: number;
  /** The most bytes of the flood that came back while it waited. */
  overtaken: number;
  /** Bytes of the flood that came back. */
  flooded: number;
}

/** One connection floods, another one asks: flood.c. */
export function measureFlood(
  server: RunningServer,
  idle: number,
  seconds: number,
  core: number | undefined,
): Promise<FloodMeasurement> {
  return measureWith("bench/flood.c", [idle], server, seconds, core);
}

/** What latency.c says beside. */
export interface LatencyMeasurement extends Measurement {
  /** In microseconds. */
  latencyP999: number;
}

/** The original client in a loop: latency.c. */
export function measureLatency(
  server: RunningServer,
  seconds: number,
  core: number | undefined,
): Promise<LatencyMeasurement> {
  return measureWith("bench/latency.c", [], server, seconds, core);
}

/** What http-load.c says beside: how many requests the connection with the fewest had, and the one in the middle. */
export interface HttpMeasurement extends Measurement {
  slowest: number;
  middle: number;
}

/** Requests for /hello: http-load.c. */
export function measureHttp(
  server: RunningServer,
  connections: number,
  seconds: number,
  core: number | undefined,
): Promise<HttpMeasurement> {
  return measureWith("bench/http-load.c", [connections], server, seconds, core);
}

async function measureWith<Report extends Measurement>(
  generator: string,
  load: readonly number[],
  server: RunningServer,
  seconds: number,
  core: number | undefined,
  warmUp = WARM_UP_SECONDS,
): Promise<Report> {
  const numbers = [server.port, ...load, seconds, warmUp].map(String);
  const [command, ...rest] = pinned(core, [built(generator), "127.0.0.1", ...numbers]);
  const child = spawn(command, rest, { stdio: "pipe" });
  // "close" comes after the last line of both outputs; "exit" may come before it.
  const ended = once(child, "close");

  // CPU seconds: of the server, of server and load, of everyone.
  const reading = () => {
    const own = cpuSeconds(server.pid);
    return { own, both: own + cpuSeconds(child.pid!), all: allCpuSeconds() };
  };
  let complaints = "";
  let before = reading();
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line === "measuring") before = reading();
    else complaints += `${line}\n`;
  });
  let report: Report | undefined;
  let after = before;
  createInterface({ input: child.stdout }).on("line", (line) => {
    after = reading();
    report = JSON.parse(line);
    child.stdin.end(); // closing the load's connections is not charged to the server
  });

  const [status] = await ended;
  // A lost connection or a wrong byte invalidates the measurement.
  if (status !== 0 || !report?.requests) {
    throw new BenchmarkError(`the load failed (status ${status}): ${complaints}${server.state}`);
  }
  return {
    ...report,
    cpuMicroseconds: ((after.own - before.own) / report.requests) * 1e6,
    others: Math.max(0, after.all - before.all - (after.both - before.both)) / report.seconds,
  };
}

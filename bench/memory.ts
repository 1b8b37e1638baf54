/** The memory benchmark: the resident memory of an echo server, alone and with idle connections. */
import type { Table } from "../src/cli/table.ts";
import { type Accepting, measureAccepting } from "./accepting.ts";
import type { Benchmark, BenchmarkOptions } from "./benchmark.ts";
import { describe, machine, pinning } from "./machine.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, NODE_SERVER, RunningServer } from "./servers.ts";
import { spread } from "./statistics.ts";

const CONNECTIONS = 10_000;
const SERVERS = [C_SERVER, NODE_SERVER, "pollux epoll", "pollux epoll, net driver"];
const SCENARIO = { name: "idle", title: `${CONNECTIONS.toLocaleString("en")} idle connections` };

interface Result {
  server: string;
  rounds: Accepting[];
}

async function run(options: BenchmarkOptions): Promise<void> {
  const kinds = ECHO_SERVERS.filter(({ name }) => SERVERS.includes(name));
  const results = kinds.map(({ name }): Result => ({ server: name, rounds: [] }));
  const pins = pinning();
  for (let round = 1; round <= options.rounds; round++) {
    for (const [index, kind] of kinds.entries()) {
      // Each server is new: one that has had connections keeps memory of theirs.
      const server = await RunningServer.start(kind, pins?.server);
      try {
        results[index].rounds.push(await measureAccepting(server, CONNECTIONS));
      } finally {
        await server.stop();
      }
      console.error(`round ${round}: ${kind.name}: ${mebibytes(results[index].rounds.at(-1)!.after)} MiB`);
    }
  }
  const conditions = [`${describe(machine())}.`, `Medians of ${options.rounds} alternating rounds.`];
  publish({ name: "memory", table: tableOf(results), conditions, data: results }, options);
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function tableOf(results: readonly Result[]): Table {
  const row = ({ server, rounds }: Result) => {
    const median = (of: (round: Accepting) => number) => spread(rounds.map(of)).median;
    return [
      server,
      mebibytes(median(({ before }) => before)),
      mebibytes(median(({ after }) => after)),
      (median(({ bytes }) => bytes) / 1024).toFixed(2),
      median(({ cpuSeconds }) => cpuSeconds).toFixed(2),
    ];
  };
  return {
    columns: [
      { title: "Server" },
      { title: "MiB alone", right: true },
      { title: `MiB with ${CONNECTIONS.toLocaleString("en")}`, right: true },
      { title: "KiB each", right: true },
      { title: "CPU s to accept", right: true },
    ],
    groups: [results.map(row)],
  };
}

export const memory: Benchmark = {
  name: "memory",
  summary: "the resident memory of an echo server with 10,000 idle connections",
  scenarios: new Map([[SCENARIO.name, SCENARIO.title]]),
  defaults: { rounds: 5, seconds: 1 },
  run,
};

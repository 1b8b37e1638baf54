/**
 * The instructions in user mode that one request takes, by layer: exact, so that a change is judged without noise, on machines without
 * hardware counters too. `steps.c` counts them one by one, while a client sends and waits for each answer. The server is warm.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import { type Layer, USER } from "./layers.ts";
import { measure } from "./load.ts";
import { describe, machine, pinning } from "./machine.ts";
import { built, onPath } from "./native.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, RunningServer, type ServerKind } from "./servers.ts";
import { perfMapOf, Symbols } from "./symbols.ts";

const TITLE = "1 connection";
const LOAD = { connections: 1, idle: 0, bytes: 64 };
/** Of each server, before it is counted: V8 has then compiled all that it will. */
const WARM_UP_REQUESTS = 200_000;
/** System calls of the attached server, before it is counted: see steps.c. */
const CALLS = 120_000;
/** Each is one request. */
const WAITS = 20;

const pollux = (name: string, program: string, ...words: string[]): ServerKind => ({
  name,
  program: "",
  arguments: [],
  command: (port) => [
    ...[process.execPath, "--perf-basic-prof", "dist/cli.cjs", "run", "--listen", `127.0.0.1:${port}`],
    ...[`dist/programs/${program}.wasm`, "--quiet", ...words.map((word) => word.replace("PORT", String(port)))],
  ],
});

const KINDS: readonly ServerKind[] = [
  ...ECHO_SERVERS.filter(({ name }) => name === C_SERVER),
  pollux("pollux epoll", "echo-epoll"),
  pollux("pollux poll", "echo-poll"),
  pollux("pollux, component", "echo-epoll.component", "--listen", "127.0.0.1:PORT"),
];

interface Result {
  readonly server: string;
  /** A request's, by the titles of layers. */
  readonly layers: ReadonlyMap<string, number>;
}

const total = ({ layers }: Result) => [...layers.values()].reduce((sum, count) => sum + count, 0);

async function run(options: BenchmarkOptions): Promise<void> {
  if (process.arch !== "x64") throw new BenchmarkError(`steps.c is for x86-64, and this is ${process.arch}`);
  for (const tool of ["nm", "readelf"])
    if (!onPath(tool)) throw new BenchmarkError(`${tool} is missing, which names functions (apt-get install binutils)`);
  const results: Result[] = [];
  for (const kind of KINDS) results.push(await counted(kind));
  const table = {
    columns: [{ title: TITLE }, ...results.map(({ server }) => ({ title: server, right: true }))],
    groups: [[...USER.map((layer) => rowOf(layer, results)), ["**together**", ...results.map(total).map(whole)]]],
  };
  const conditions = [
    `${describe(machine())}. Instructions of the server's thread in user mode, from one wait to the next: the mean of ${WAITS} requests of ${LOAD.bytes} bytes.`,
  ];
  const data = results.map(({ server, layers }) => ({ server, layers: [...layers] }));
  publish({ name: "instructions", table, conditions, data }, options);
}

const whole = (count: number) => Math.round(count).toLocaleString("en");

function rowOf({ title }: Layer, results: readonly Result[]): string[] {
  return [title, ...results.map(({ layers }) => whole(layers.get(title) ?? 0))];
}

async function counted(kind: ServerKind): Promise<Result> {
  const pins = pinning();
  const server = await RunningServer.start(kind, pins?.server);
  const layers = new Map<string, number>();
  try {
    let requests = 0;
    while (requests < WARM_UP_REQUESTS) requests += (await measure(server, LOAD, 1, pins?.load)).requests;
    const counts = await stepped(server);
    const symbols = new Symbols(server.pid);
    for (const [address, count] of counts) {
      const { name, file } = symbols.at(address);
      const { title } = USER.find((layer) => layer.has({ name, file, callers: [] }))!;
      layers.set(title, (layers.get(title) ?? 0) + count / WAITS);
    }
  } finally {
    await server.stop();
    rmSync(perfMapOf(server.pid), { force: true });
  }
  console.error(`${kind.name}: counted`);
  return { server: kind.name, layers };
}

/** How often each instruction ran, by its address, while a client asks. */
async function stepped({ pid, port }: RunningServer): Promise<[address: number, count: number][]> {
  const message = Buffer.alloc(LOAD.bytes, "x");
  const client = connect(port, "127.0.0.1", () => client.setNoDelay().write(message));
  let missing = message.length;
  client.on("data", ({ length }) => {
    missing -= length;
    if (missing > 0) return;
    missing = message.length;
    client.write(message);
  });
  try {
    await once(client, "data");
    const counter = spawn(built("bench/steps.c"), [pid, WAITS, CALLS].map(String), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed, [status]] = await Promise.all([text(counter.stdout), once(counter, "close")]);
    if (status !== 0) throw new BenchmarkError(`steps cannot count the instructions of ${pid}: status ${status}`);
    const lines = printed.trim().split("\n");
    return lines
      .map((line) => line.split(" "))
      .map(([address, count]) => [Number.parseInt(address, 16), Number(count)]);
  } finally {
    client.destroy();
  }
}

export const instructions: Benchmark = {
  name: "instructions",
  summary: "the instructions in user mode of a request by layer, beside C with epoll",
  scenarios: new Map([["one", TITLE]]),
  run,
};

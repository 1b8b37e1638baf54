/**
 * The profile: which layer of the server uses the CPU time of one request, beside C with epoll on the same load.
 *
 * The kernel counts the exact time of a process. perf(1) samples a running server at equal intervals of that time, by a clock:
 * machines without hardware counters have it too. The time is divided as the samples are, so that the rows add up to it. (The kernel's own
 * division into user and system time is by its tick, a hundred times a second: for short requests it is wrong by far.)
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Benchmark, BenchmarkError, type BenchmarkOptions } from "./benchmark.ts";
import type { Scenario } from "./echo.ts";
import { type Layer, type Sample, USER } from "./layers.ts";
import { type Measurement, measure } from "./load.ts";
import { describe, describeOthers, machine, pinning } from "./machine.ts";
import { onPath } from "./native.ts";
import { publish } from "./results.ts";
import { C_SERVER, ECHO_SERVERS, RunningServer, type ServerKind } from "./servers.ts";
import { spread } from "./statistics.ts";
import { perfMapOf } from "./symbols.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "many", title: "50 connections", connections: 50, idle: 0, bytes: 64 },
  { name: "one", title: "1 connection", connections: 1, idle: 0, bytes: 64 },
  { name: "idle", title: "50 active + 950 idle", connections: 50, idle: 950, bytes: 64 },
];

const POLLUX = "pollux epoll";
/** V8 writes a map of its compiled functions for perf. */
const KINDS: readonly ServerKind[] = [
  ...ECHO_SERVERS.filter(({ name }) => name === C_SERVER),
  {
    name: POLLUX,
    program: "",
    arguments: [],
    command: (port) => [
      ...[process.execPath, "--perf-basic-prof", "dist/cli.cjs", "run", "--listen", `127.0.0.1:${port}`],
      ...["dist/programs/echo-epoll.wasm", "--quiet"],
    ],
  },
];

/** Of each server, before its first round: V8 has then compiled all that it will. */
const WARM_UP_REQUESTS = 200_000;
/** Samples in a second of CPU time. */
const FREQUENCY = 2000;

const inKernel = ({ file }: Sample) => file.includes("kernel.kallsyms") || file.startsWith("[guest.kernel");

const under =
  (pattern: RegExp) =>
  ({ name, callers }: Sample) =>
    pattern.test(name) || callers.some((caller) => pattern.test(caller));

const KERNEL: readonly Layer[] = [
  { title: "epoll_wait", has: under(/sys_epoll_(p?wait|pwait2)$/) },
  { title: "poll", has: under(/sys_p?poll$/) },
  { title: "receive", has: under(/sys_recv(from|msg)?$|sys_read$/) },
  { title: "send", has: under(/sys_send(to|msg)?$|sys_write$/) },
  { title: "entries, exits, interrupts, switches", has: () => true },
];

/** Numbers of samples by the titles of layers. */
type Counts = Map<string, number>;

class Profile {
  readonly user: Counts = new Map();
  readonly kernel: Counts = new Map();

  add(sample: Sample): void {
    const [counts, layers] = inKernel(sample) ? [this.kernel, KERNEL] : [this.user, USER];
    const { title } = layers.find((layer) => layer.has(sample))!;
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
}

/** Microseconds of a request in each layer; the rows of both parts add up to its time. */
interface Division {
  time: number;
  user: ReadonlyMap<string, number>;
  kernel: ReadonlyMap<string, number>;
  samples: number;
}

const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);

function divide({ user, kernel }: Profile, rounds: readonly Measurement[]): Division {
  const time = spread(rounds.map(({ cpuMicroseconds }) => cpuMicroseconds)).median;
  const samples = total(user) + total(kernel);
  const shares = (counts: Counts) => new Map([...counts].map(([title, count]) => [title, (count / samples) * time]));
  return { time, user: shares(user), kernel: shares(kernel), samples };
}

async function run(options: BenchmarkOptions): Promise<void> {
  if (!onPath("perf"))
    throw new BenchmarkError("perf is missing, which samples the servers (apt-get install linux-perf)");
  const folder = mkdtempSync(join(tmpdir(), "pollux-profile-"));
  const scenarios = SCENARIOS.filter(({ name }) => name === (options.only ?? name));
  const others: number[] = [];
  try {
    const results = [];
    for (const scenario of scenarios)
      results.push({ scenario, servers: await profiled(scenario, options, folder, others) });
    const table = {
      columns: [
        { title: "Scenario" },
        { title: "CPU µs/request" },
        { title: "C epoll", right: true },
        { title: POLLUX, right: true },
        { title: "more", right: true },
      ],
      groups: results.map(({ scenario, servers }) => rowsOf(scenario.title, servers)),
    };
    const conditions = [
      `${describe(machine())}. Medians of ${options.rounds} alternating rounds of ${options.seconds} s; ${FREQUENCY} samples a second.`,
      describeOthers(others),
    ];
    const data = results.map(({ scenario, servers }) => ({
      scenario,
      servers: servers.map(({ user, kernel, ...figures }) => ({ ...figures, user: [...user], kernel: [...kernel] })),
    }));
    publish({ name: "profile", table, conditions, data }, options);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The division of each server's time, in the order of KINDS. */
async function profiled(
  scenario: Scenario,
  { rounds, seconds }: BenchmarkOptions,
  folder: string,
  others: number[],
): Promise<Division[]> {
  const pins = pinning();
  const running: RunningServer[] = [];
  const measured = KINDS.map(() => ({ profile: new Profile(), rounds: [] as Measurement[] }));
  try {
    for (const kind of KINDS) running.push(await RunningServer.start(kind, pins?.server));
    // V8 compiles meanwhile.
    for (const server of running) {
      let requests = 0;
      while (requests < WARM_UP_REQUESTS) requests += (await measure(server, scenario, 1, pins?.load)).requests;
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [index, server] of running.entries()) {
        const file = join(folder, "samples");
        const recorder = await record(server.pid, file);
        const measurement = await measure(server, scenario, seconds, pins?.load);
        await stop(recorder);
        others.push(measurement.others);
        measured[index].rounds.push(measurement);
        for (const sample of samplesOf(file)) measured[index].profile.add(sample);
        console.error(`${scenario.title}: round ${round} of ${rounds}, ${server.name}`);
      }
    }
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    for (const { pid } of running) rmSync(perfMapOf(pid), { force: true });
  }
  return measured.map(({ profile, rounds }) => divide(profile, rounds));
}

async function record(pid: number, file: string): Promise<ChildProcess> {
  const options = ["-e", "cpu-clock", "-F", String(FREQUENCY), "-g", "-p", String(pid), "-o", file];
  const recorder = spawn("perf", ["record", ...options, "--control", "fd:3,4"], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  recorder.stderr!.on("data", (bytes) => (said += bytes));
  const failed = once(recorder, "exit").then(() => {
    throw new BenchmarkError(`perf cannot sample the server:\n${said}`);
  });
  failed.catch(() => {}); // at the end it exits as told
  // It acknowledges a command when it records.
  const [, , , control, acknowledgements] = recorder.stdio;
  (control as NodeJS.WritableStream).write("ping\n");
  await Promise.race([once(acknowledgements!, "data"), failed]);
  return recorder;
}

async function stop(recorder: ChildProcess): Promise<void> {
  const ended = once(recorder, "exit");
  recorder.kill("SIGINT");
  await ended;
}

/** The samples of a recording, from the text that perf prints: a line for each function, and an empty line behind each sample. */
function samplesOf(file: string): Sample[] {
  const text = execFileSync("perf", ["script", "-i", file, "-F", "ip,sym,dso"], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const samples: Sample[] = [];
  for (const block of text.split("\n\n")) {
    const functions = [...block.matchAll(/^\s*[0-9a-f]+ (.*) \(([^()]*(?:\([^()]*\))?[^()]*)\)$/gm)];
    if (functions.length === 0) continue;
    const [[, name, file], ...outer] = functions;
    samples.push({ name, file, callers: outer.map(([, caller]) => caller) });
  }
  return samples;
}

function rowsOf(title: string, [c, pollux]: readonly Division[]): string[][] {
  const fixed = (value: number) => value.toFixed(2);
  const row = (name: string, ofC: number, ofPollux: number) => [
    name,
    fixed(ofC),
    fixed(ofPollux),
    fixed(ofPollux - ofC),
  ];
  const part = (layers: readonly Layer[], of: "user" | "kernel") =>
    layers
      .map((layer) => row(layer.title, c[of].get(layer.title) ?? 0, pollux[of].get(layer.title) ?? 0))
      .filter(([, ofC, ofPollux]) => ofC !== "0.00" || ofPollux !== "0.00");
  const rows = [
    row("**user mode**", total(c.user), total(pollux.user)),
    ...part(USER, "user"),
    row("**kernel**", total(c.kernel), total(pollux.kernel)),
    ...part(KERNEL, "kernel"),
    row("**together**", c.time, pollux.time),
  ];
  return rows.map((cells, index) => [index === 0 ? title : "", ...cells]);
}

export const profile: Benchmark = {
  name: "profile",
  summary: "the CPU time of a request by layer, beside C with epoll; needs perf",
  scenarios: new Map(SCENARIOS.map(({ name, title }) => [name, title])),
  defaults: { rounds: 5, seconds: 2 },
  run,
};

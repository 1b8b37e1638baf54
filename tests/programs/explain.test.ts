/** `pollux run --explain` on the bundled servers: the text, the events, and the example of docs/explain.md. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { StoryEvent } from "../../wasi-host/internal-story.ts";
import { pollux, Run } from "../hosts/command.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pollux-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = (name: string) => `dist/programs/${name}.wasm`;

/** A story whose program sleeps at the end of the output. */
class Told extends Run {
  #sleeps = 0;

  /** Resolves when it has fallen asleep once more in `call`. */
  async asleep(call: string): Promise<void> {
    const count = () => this.error.split(call).length - 1;
    while (!(this.error.endsWith(call) && count() > this.#sleeps)) {
      await Promise.race([once(this.child.stderr!, "data"), this.failed()]);
    }
    this.#sleeps = count();
  }

  async port(): Promise<number> {
    return Number((await this.printed(/listening on 127\.0\.0\.1:(\d+)\n/))[1]);
  }
}

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1" }).on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Two connections, of which one says hello when the program is ready, and hears an answer. */
async function hello(port: number, isReady = async () => {}): Promise<void> {
  const idle = await connected(port);
  const client = await connected(port);
  await isReady();
  client.write("hello\n");
  await once(client, "data");
  client.destroy();
  idle.destroy();
}

describe("docs/explain.md", () => {
  it("shows the story of an edge-triggered echo server as it is", async () => {
    const document = readFileSync("docs/explain.md", "utf8");
    const [, shown] = /\n```text\n( {3}0\.[\s\S]*?)\n```\n/.exec(document)!;
    const call = "epoll_wait ep0,";
    const run = new Told(
      ...["run", "--explain", "--listen", "127.0.0.1:0"],
      program("echo-epoll"),
      "--edge",
      "--quiet",
    );
    await run.asleep(call);
    const port = await run.port();
    const idle = await connected(port);
    await run.asleep(call);
    const client = await connected(port);
    await run.asleep(call);
    client.write("hello\n");
    await once(client, "data");
    await run.asleep(call);
    client.end();
    await once(client, "close");
    await run.asleep(call);
    run.child.kill("SIGTERM");
    await run.ended;
    idle.destroy();
    const constant = (text: string) =>
      text
        .replace(/^ *\d+\.\d{4} /gm, "T ")
        .replace(/slept [\d.]+ m?s/g, "slept")
        .replace(/^listening on .*$/m, "listening");
    expect(constant(run.error)).toBe(constant(shown));
    for (const line of run.error.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("has every event and every reason of the format", () => {
    const document = readFileSync("docs/explain.md", "utf8");
    const format = readFileSync("wasi-host/story/events.ts", "utf8");
    const names = [...format.matchAll(/readonly (?:event|why|level): ((?:"[\w-]+"(?: \| )?)+)/g)].flatMap(([, union]) =>
      union.split(" | ").map((name) => name.slice(1, -1)),
    );
    expect(names.length).toBeGreaterThan(25);
    for (const name of names) expect(document, name).toContain(`\`${name}\``);
  });
});

/** Resolves when the file contains the text that often. */
async function written(file: string, text: string, count = 1): Promise<void> {
  while (readFileSync(file, "utf8").split(text).length - 1 < count) await new Promise((next) => setTimeout(next, 5));
}

/** The events of a program that two clients have visited, of whom it closes one. */
async function story(options: readonly string[], module: string, ...args: string[]): Promise<StoryEvent[]> {
  const file = path.join(folder, `${Math.random()}.jsonl`);
  const run = new Told("run", "--explain=json", "--explain-file", file, ...options, module, ...args);
  const isComponent = module.includes("component");
  // A component reads what is there already without a poll.
  await hello(await run.port(), () => (isComponent ? written(file, 'ok(\\"\\")', 2) : Promise.resolve()));
  await written(file, isComponent ? "err(closed)" : '"event":"close"');
  run.child.kill("SIGTERM");
  await run.ended;
  return eventsIn(file);
}

function eventsIn(file: string): StoryEvent[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as StoryEvent);
}

/** The descriptors that a wait has reported as readable. */
function readable(event: StoryEvent): number[] | undefined {
  const isReadable = ({ events }: { events: string }) => events.split("|").includes("IN");
  if (event.event === "epoll_wait") return event.reported.filter(isReadable).map(({ fd }) => fd);
  if (event.event === "poll") return event.ready.filter(isReadable).map(({ fd }) => fd);
  return event.event === "select" ? [...event.ready.read] : undefined;
}

describe("--explain=json", () => {
  it.each([
    ["echo-epoll", "epoll_wait", []],
    ["echo-epoll", "epoll_wait", ["--edge"]],
    ["echo-poll", "poll", []],
    ["echo-select", "select", []],
    ["upper-select", "select", []],
    ["echo-selectors", "epoll_wait", []],
  ] as const)("tells of %s in %s which wait led to each receive, %j", async (name, call, args) => {
    const events = await story(["--listen", "127.0.0.1:0"], program(name), ...args);
    expect(events[0]).toMatchObject({ event: "start", version: 1, program: program(name), level: "engine" });
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining([call, "accept", "receive", "send", "close"]),
    );
    expect(events.some(({ event }) => event === "poll_oneoff")).toBe(false);
    let last: number[] = [];
    for (const event of events) {
      last = readable(event) ?? last;
      if (event.event === "receive" && typeof event.result === "number") expect(last).toContain(event.fd);
      if (event.event === "accept" && typeof event.result === "number") expect(last).toContain(event.fd);
    }
    const received = events.flatMap((event) => (event.event === "receive" ? [event.data] : []));
    expect(received).toContain('"hello\\n"');
    const times = events.map((event) => (event as unknown as { t: number }).t);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it("tells of a component which pollables led to each read", async () => {
    const events = await story(["--bind", "127.0.0.1:*"], program("echo-epoll.component"), "--listen", "127.0.0.1:0");
    expect(events[0]).toMatchObject({ event: "start", level: "component" });
    const reads = events.flatMap((event, index) => {
      if (event.event !== "call" || event.result !== 'ok("hello\\n")') return [];
      const [, stream] = /^input-stream\.read\(self=(\d+),/.exec(event.call)!;
      const poll = events.slice(0, index).findLast((earlier) => earlier.event === "pollables");
      return [poll?.event === "pollables" && poll.ready.some(({ of }) => of === `input-stream ${stream}`)];
    });
    expect(reads).toEqual([true]);
    // What it prints is not part of its story.
    expect(JSON.stringify(events)).not.toContain("listening on");
  });

  it("tells of a module without calls of the engine by its calls of the host", async () => {
    const file = path.join(folder, "blocking.jsonl");
    const options = ["--explain=json", "--explain-file", file, "--listen", "127.0.0.1:0"];
    const run = new Told("run", ...options, "dist/programs/models/blocking.wasm");
    const client = await connected(await run.port());
    client.end("hello");
    expect((await run.ended).status).toBe(0);
    const told = eventsIn(file).map(({ t: _, ...event }: StoryEvent & { t?: number }) => event);
    expect(told).toEqual([
      { event: "start", version: 1, program: "dist/programs/models/blocking.wasm", level: "calls" },
      { event: "accept", fd: 3, result: 4 },
      { event: "receive", fd: 4, asked: 65_536, result: 5, data: '"hello"' },
      { event: "receive", fd: 4, asked: 65_536, result: 0, data: '""' },
      { event: "close", fd: 4, result: 0 },
      { event: "exit", status: 0 },
    ]);
  });
});

describe("the option", () => {
  const module = program("echo-epoll");

  it.each([
    ["--explain=xml", "bad --explain 'xml': expected text or json"],
    ["--explain=", "bad --explain '': expected text or json"],
  ])("refuses %s", async (option, message) => {
    expect(await pollux("run", option, module)).toMatchObject({ status: 2, out: "", error: `pollux: ${message}\n` });
  });

  it("refuses a file without a story, two traces at once, and a file that cannot be written", async () => {
    const refused = async (...options: string[]) => (await pollux("run", ...options, module)).error;
    expect(await refused("--explain-file", "x")).toBe("pollux: --explain-file needs --explain\n");
    expect(await refused("--explain", "--trace")).toBe("pollux: --trace and --explain cannot be combined\n");
    expect(await refused("--explain", "--explain-file", "/none/x")).toBe(
      "pollux: cannot write --explain-file '/none/x': ENOENT; give another path\n",
    );
  });

  it("says that a full disk ends the story, and the program goes on", async () => {
    const run = new Told("run", "--explain", "--explain-file", "/dev/full", "--listen", "127.0.0.1:0", module);
    await hello(await run.port());
    run.child.kill("SIGTERM");
    const { error } = await run.ended;
    expect(error).toContain("pollux: cannot write --explain-file '/dev/full': ENOSPC; the story stops here\n");
  });

  it("leaves a program's own --explain to it, and its output alone", async () => {
    const run = await pollux("run", "--explain", "--listen", "127.0.0.1:0", module, "--explain");
    expect(run).toMatchObject({ status: 2, out: "" });
    expect(run.error).toContain("unknown argument '--explain'");
    expect(run.error).toMatch(/\n +\d+\.\d{4} {2}exit 2\n$/);
    expect(run.error).not.toContain("\x1b");
  });

  it("works in a thread of its own, with --stats, which counts the program's own calls only", async () => {
    const run = new Told("run", "--explain", "--stats", "--listen", "127.0.0.1:0", module, "--quiet");
    await run.asleep("epoll_wait ep0,");
    const client = await connected(await run.port());
    await run.asleep("epoll_wait ep0,");
    run.child.kill("SIGTERM");
    const { error } = await run.ended;
    client.destroy();
    const calls = Number(/ (\d+) +\d+ +poll_oneoff\n/.exec(error)![1]);
    // The second one may not have begun. Reports of the engine's calls would be dozens.
    expect([1, 2]).toContain(calls);
  });
});

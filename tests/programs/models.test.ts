/**
 * The five I/O models: the actions of each program, in order. Durations are not asserted: on a busy machine they can be
 * anything, and the order is still the model's.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { phases, timeline } from "../../src/cli/models/activities.ts";
import { MODELS } from "../../src/cli/models/catalogue.ts";
import { type Bundle, parse, type Recording, record } from "../../src/cli/models/recording.ts";
import type { Pace } from "../../src/cli/models/slow-sender.ts";
import { TerminalTimelines } from "../../src/cli/models/terminal.ts";

const DIST = new URL("../../dist/", import.meta.url);
const BUNDLE: Bundle = { cli: fileURLToPath(new URL("cli.cjs", DIST)), programs: new URL("programs/", DIST) };
const PACE: Pace = { messages: 3, size: 65_536, interval: 60 };

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "pollux-models-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recordings = new Map<string, Recording>();
beforeAll(async () => {
  // `record` rejects if the received bytes differ from the sent ones.
  for (const model of MODELS) recordings.set(model.name, await record(model, PACE, BUNDLE));
});

const stepsOf = (model: string) => recordings.get(model)!.steps;
/** The names of all its steps, or of some, each followed by a blank. */
const order = (model: string, ...only: string[]) =>
  stepsOf(model)
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map(({ name }) => `${name} `)
    .join("");
const sum = (model: string, step: string) =>
  stepsOf(model)
    .filter(({ name }) => name === step)
    .reduce((total, { value }) => total + Number(value), 0);
const importsOf = (program: string) => {
  const module = new WebAssembly.Module(readFileSync(new URL(`programs/models/${program}.wasm`, DIST)));
  return WebAssembly.Module.imports(module);
};

describe.each(MODELS)("$name", ({ name, program, senders }) => {
  it("receives all bytes of all senders, and its times never go back", () => {
    const total = sum(name, "data") + sum(name, "completion");
    expect(total).toBe(senders * PACE.messages * PACE.size);
    const times = stepsOf(name).map(({ at }) => at);
    expect(times.every((at, index) => index === 0 || at >= times[index - 1])).toBe(true);
  });

  it("imports nothing but wasi_snapshot_preview1", () => {
    expect(new Set(importsOf(program).map(({ module }) => module))).toEqual(new Set(["wasi_snapshot_preview1"]));
  });
});

describe("blocking", () => {
  it("only calls recv, which returns with data or the end: one call is both phases", () => {
    expect(order("blocking")).toMatch(/^accept accepted (recv data )+recv end checksum $/);
  });

  it("is in recv when the data is sent", () => {
    const { steps, marks } = recordings.get("blocking")!;
    const found = marks.filter(({ at }) => steps.findLast((step) => step.at < at)?.name === "recv");
    expect(found.length).toBeGreaterThan(0);
  });
});

describe("non-blocking", () => {
  it("calls recv, computes after each EAGAIN, and calls again until there is data", () => {
    const attempts =
      /^(accept again compute computed )*accept accepted (recv (again compute computed |data ))*recv end checksum $/;
    expect(order("non-blocking")).toMatch(attempts);
    expect(order("non-blocking")).toMatch(/recv again compute computed (recv again compute computed )+recv data /);
  });
});

describe.each(["select", "poll", "epoll"])("multiplexing with %s", (call) => {
  it("sleeps in one call for all sockets, then reads from each ready one", () => {
    expect(order(call)).toMatch(/^(wait ready (accept accepted |recv (data|end) )+)+(checksum ){3}$/);
    const steps = stepsOf(call);
    expect(steps.some(({ name, value }) => name === "wait" && value >= 3n)).toBe(true);
    for (const [index, { name, value }] of steps.entries()) {
      if (name !== "ready") continue;
      const next = steps.findIndex((step, at) => at > index && (step.name === "wait" || step.name === "checksum"));
      expect(next - index - 1, "a ready count is that of the calls that follow").toBe(2 * Number(value));
    }
  });

  it("computes nothing, and never meets EAGAIN", () => {
    expect(order(call, "compute", "again")).toBe("");
  });
});

describe("signal-driven", () => {
  /** Each step of the program, with the events before it. */
  const turns = () =>
    order("signal-driven")
      .split("return ")
      .map((turn) => turn.split("step ") as [before: string, step: string]);

  it("computes until its handler is called, and copies afterwards", () => {
    for (const [index, [before, step]] of turns().entries()) {
      expect(before).toMatch(/^(handler )*$/);
      if (before === "" && index > 0) expect(step).toBe("compute computed ");
      if (step.includes("recv") && !step.includes("accept")) expect(before).not.toBe("");
    }
    expect(order("signal-driven")).toMatch(/compute computed return handler step (recv data )+recv again compute /);
  });

  it("copies until EAGAIN: the signal is an edge", () => {
    for (const [, step] of turns()) {
      expect(step).toMatch(
        /^(accept (again |accepted ))?((recv data )*recv (again |end checksum $))?(compute computed )?$/,
      );
    }
  });
});

describe("asynchronous", () => {
  it("submits, computes and finds completions, without a call that waits or copies", () => {
    expect(order("asynchronous")).toMatch(
      /^submit (step (accepted submit |completion submit )*(compute computed return |completion checksum $))+$/,
    );
    expect(order("asynchronous", "submit", "accepted", "completion")).toMatch(
      /^submit accepted (submit completion )+$/,
    );
    expect(order("asynchronous")).toMatch(
      /submit compute computed return (step compute computed return )*step completion /,
    );
  });

  it("does not import calls that wait or copy", () => {
    const names = importsOf("asynchronous").map(({ name }) => name);
    for (const call of ["sock_recv", "sock_accept", "poll_oneoff"]) expect(names).not.toContain(call);
  });
});

describe("a timeline", () => {
  const steps = parse(["90\tcompute\t0", "200\trecv\t5", "500\tdata\t10", "500\trecv\t5", "510\tdata\t1"].join("\n"));
  const marks = [{ at: 440n, sender: 0, message: 0 }];
  const line = timeline({ model: MODELS[0], start: 100n, marks, steps });

  it("splits a recv that slept at the time its data was sent", () => {
    const [computing, ...rest] = line.activities;
    expect(computing).toEqual({ kind: "computing", from: 0, to: 100e-6 });
    expect(rest.map(({ kind }) => kind)).toEqual(["waiting", "copying", "away", "copying"]);
    const { waited, copied } = phases(line);
    expect([waited, copied].map((time) => Math.round(time * 1e6))).toEqual([240, 70]);
  });

  it("is a row of characters, with colours on request", () => {
    const long = { ...line, activities: [{ kind: "waiting", from: 0, to: 150 } as const] };
    const pace = { messages: 1, size: 1, interval: 100 };
    expect(new TerminalTimelines(pace, 76, false).row(long)).toBe(`${"blocking".padEnd(16)}${"░".repeat(30)}`);
    expect(new TerminalTimelines(pace, 76, true).row(long)).toMatch(/░/);
    expect(new TerminalTimelines(pace, 76, false).sent(1)).toBe(`${"sender 1".padEnd(36)}1${" ".repeat(19)}.`);
  });

  it.each(MODELS)("of $name has no time before its last step that is not explained", ({ name }) => {
    const { activities } = timeline(recordings.get(name)!);
    expect(activities[0].from).toBe(0);
    const gaps = activities.slice(1).map(({ from }, index) => from - activities[index].to);
    expect(gaps.filter((gap) => Math.abs(gap) > 1e-9)).toEqual([]);
  });

  it("is a row of dots while the host or another process runs", () => {
    const away = { ...line, activities: [{ kind: "away", from: 0, to: 150 } as const] };
    const pace = { messages: 1, size: 1, interval: 100 };
    expect(new TerminalTimelines(pace, 76, false).row(away)).toBe(`${"blocking".padEnd(16)}${"·".repeat(30)}`);
  });

  it("consists of the programs' lines only", () => {
    expect(() => parse("12\trecv\t1\nnonsense\n")).toThrow("the line 'nonsense'");
  });
});

describe("pollux models", () => {
  const command = (...args: string[]) => run(process.execPath, [BUNDLE.cli, "models", ...args]);

  it("prints the timelines and the table, without colours into a pipe, and draws the picture", async () => {
    const svg = join(folder, "models.svg");
    const { stdout, stderr } = await command("--svg", svg);
    expect(stderr).toBe("");
    expect(stdout).not.toContain("\x1b");
    for (const { name } of MODELS) expect(stdout.match(new RegExp(`^${name} +[░█▓◆◇·]+$`, "m"))).not.toBeNull();
    expect(stdout).toMatch(/^model +waits in .*\n─+\n(.+\n){7}$/m);
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    const [legend] = stdout.split("\n\n");
    for (const sign of "░█▓◆◇·123.") expect(legend, `the legend explains ${sign}`).toContain(sign);
    const picture = readFileSync(svg, "utf8");
    expect(picture).toMatch(/^<svg .*<\/svg>$/s);
    for (const { name } of MODELS) expect(picture).toContain(name);
    expect(picture, "no label is cut").not.toContain("…");
  });

  it("names the packages that the picture needs", async () => {
    const bare = join(folder, "bare");
    mkdirSync(join(bare, "node_modules"), { recursive: true });
    cpSync(fileURLToPath(DIST), join(bare, "dist"), { recursive: true, filter: (path) => !path.includes("/tests") });
    symlinkSync(resolve("node_modules/koffi"), join(bare, "node_modules/koffi"));
    writeFileSync(join(bare, "package.json"), '{"type": "module"}');
    const failing = run(process.execPath, [join(bare, "dist/cli.cjs"), "models", "--svg", "x.svg"]);
    await expect(failing).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: "pollux: --svg needs the packages vega and vega-lite: npm install vega@5 vega-lite@5\n",
    });
  });
});

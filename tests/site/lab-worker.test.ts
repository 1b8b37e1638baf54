/** The lab in a thread of its own, as the page has it: runs, checks and measures, and a thread that does not answer. */
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { Lab, type LabThread } from "../../site/lab/client.ts";
import { MAX_DESCRIPTORS } from "../../site/lab/cost.ts";
import { EXERCISES } from "../../site/lab/exercises.ts";
import type { Reply } from "../../site/lab/messages.ts";
import { Session } from "../../site/session/session.ts";
import { core } from "./core-module.ts";

/** A browser's worker listens and posts by global functions. */
const GLOBALS = `const { parentPort } = process.getBuiltinModule?.("node:worker_threads") ?? require("node:worker_threads");
globalThis.addEventListener = (_, handle) => parentPort.on("message", (data) => handle({ data }));
globalThis.postMessage = (data) => parentPort.postMessage(data);`;

const { outputFiles } = await build({
  entryPoints: ["site/lab/worker.ts"],
  ...{ bundle: true, write: false, format: "cjs", platform: "node", target: "node20.11", packages: "external" },
  banner: { js: GLOBALS },
  logLevel: "error",
});
const [{ text: script }] = outputFiles;

const threads: Worker[] = [];

function start(onReply: (reply: Reply) => void, onFailure: (error: Error) => void, code = script): LabThread {
  const worker = new Worker(code, { eval: true });
  threads.push(worker);
  worker.on("message", onReply);
  worker.on("error", onFailure);
  return worker;
}

const lab = new Lab(core, start);
afterAll(() => lab.stop());

describe("the lab's thread", () => {
  it("runs scripts, and its runs are sessions of the page", async () => {
    const { data, log, end, last } = await lab.run("const l = listen();\nconnect(l);\nprint(accept(l));", { seed: 9 });
    expect(end.kind).toBe("done");
    using session = await Session.open(core, data);
    expect(session.log).toEqual(log);
    expect(session.snapshot()).toEqual(last);
  });

  it("does what it is asked for, one after the other, and starts once", async () => {
    const [first, second, verdict] = await Promise.all([
      lab.run("while (true) {}"),
      lab.run("nope()"),
      lab.check(EXERCISES[0].id, EXERCISES[0].solution),
    ]);
    expect([first.end.kind, second.end.kind, verdict.passed]).toEqual(["limit", "error", true]);
    expect(threads).toHaveLength(1);
  });

  it("measures waits, and tells each measure at once", async () => {
    const heard: number[] = [];
    const measures = await lab.measure({ sizes: [4, 2_000], milliseconds: 20 }, ({ size }) => heard.push(size));
    expect(heard).toEqual([4, 2_000]);
    for (const { select, poll, epoll, longest } of measures) {
      for (const figure of [select, poll, epoll, longest]) expect(figure).toBeGreaterThan(0);
    }
  });

  it("refuses what it does not have", async () => {
    await expect(lab.check("none", "")).rejects.toThrow("no exercise 'none'");
    await expect(lab.measure({ sizes: [MAX_DESCRIPTORS + 1] })).rejects.toThrow("expected 4 to 60000");
  });

  it("rejects everything when it is stopped, and starts again for the next task", async () => {
    const asked = lab.run("while (true) {}");
    lab.stop();
    await expect(asked).rejects.toThrow("stopped");
    expect((await lab.run("listen()")).end.kind).toBe("done");
    expect(threads).toHaveLength(2);
  });

  it("a thread that fails rejects what it was asked for", async () => {
    const broken = new Lab(core, (onReply, onFailure) => start(onReply, onFailure, "throw new Error('no memory')"));
    await expect(broken.run("listen()")).rejects.toThrow("no memory");
  });
});

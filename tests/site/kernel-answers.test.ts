/**
 * The kernel's answers that the page shows beside its own, compared with what the kernel gives now. `POLLUX_UPDATE_ANSWERS=1` records them
 * again.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { env } from "node:process";
import { afterAll, describe, expect, it } from "vitest";
import type { Lesson } from "../../site/lessons/contract.ts";
import { LESSONS } from "../../site/lessons/index.ts";
import type { Outcome } from "../../site/session/actions.ts";
import { Session } from "../../site/session/session.ts";
import { callOf } from "../../site/view/names.ts";
import { core } from "./core-module.ts";
import { answersOfKernel, HAS_KERNEL } from "./kernel-replay.ts";

const FILE = "site/lessons/linux.json";
const record = JSON.parse(readFileSync(FILE, "utf8"));
const isRecording = env.POLLUX_UPDATE_ANSWERS !== undefined;
const answers: Record<string, (Outcome | null)[]> = {};

/** Calls that return a descriptor: the kernel's numbers are its own. */
const OPENS: readonly string[] = ["listen", "accept", "epoll_create"];

/** Null for a client's deed, which has no answer that it would see, and for a new descriptor. */
async function answersOf({ actions, network }: Lesson): Promise<(Outcome | null)[]> {
  using session = await Session.open(core, network);
  for (const action of actions) session.act(action);
  const given = answersOfKernel(session.log);
  return session.log.map(({ action }, index) => {
    const answer = given[index];
    if (callOf(action) === undefined && action.call !== "wake") return null;
    return OPENS.includes(action.call) && answer.errno === undefined ? null : answer;
  });
}

describe.runIf(HAS_KERNEL)("the kernel's recorded answers", () => {
  it.each(LESSONS.map((lesson) => [lesson.id, lesson] as const))(
    "to %s are those of this kernel",
    async (id, lesson) => {
      answers[id] = await answersOf(lesson);
      if (!isRecording) expect(record.answers[id]).toEqual(answers[id]);
    },
  );

  it("are of the lessons, and name a kernel and a day", () => {
    if (isRecording) return;
    expect(Object.keys(record.answers)).toEqual(LESSONS.map(({ id }) => id));
    expect(record.kernel).toMatch(/^\d+\.\d+/);
    expect(record.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  afterAll(() => {
    if (!isRecording) return;
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(FILE, JSON.stringify({ kernel: os.release(), date, answers }));
    execFileSync("npx", ["biome", "format", "--write", FILE]);
  });
});

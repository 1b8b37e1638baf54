/** Runs the cases of javascript/cases.js on a host: every function of WASI 0.2, with the host's answers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { endGroup } from "../../programs/proc.ts";
import type { Host } from "../host.ts";

/** By group and case. */
export type Answers = Record<string, Record<string, string>>;

/** The answers of cases that end the program wrongly, or never return. */
export const ENDS = "ends or stops the program";
/** For a group that is one case: the program ends there, and this is its status. */
export const STATUS = "status";
/** Milliseconds until a hanging program is ended. */
const PATIENCE = 10_000;

/** The component's directory /data, inside another one with a foreign file. */
class Folder implements Disposable {
  readonly #above = mkdtempSync(path.join(tmpdir(), "pollux-cases-"));
  readonly data = path.join(this.#above, "data");

  constructor() {
    const at = (name: string) => path.join(this.data, name);
    mkdirSync(at("folder/deeper"), { recursive: true });
    writeFileSync(at("given"), "given, and more");
    utimesSync(at("given"), 1_000_000, 1_000_000);
    writeFileSync(at("folder/inside"), "x");
    writeFileSync(path.join(this.#above, "secret"), "not for guests");
    symlinkSync("../secret", at("link-out"));
    symlinkSync("given", at("link"));
    symlinkSync("loop", at("loop"));
  }

  [Symbol.dispose](): void {
    rmSync(this.#above, { recursive: true });
  }
}

async function runOnce(host: Host, file: string, group: string, skipped: readonly string[]) {
  using folder = new Folder();
  const grants = { network: true, directories: { "/data": folder.data }, environment: { GRANTED: "yes" } };
  const [command, ...args] = host.command(file, [group, ...skipped], grants);
  // jco runs the program in its own process.
  const child = spawn(command, args, { stdio: "pipe", detached: true });
  const patience = setTimeout(() => endGroup(child.pid!), PATIENCE);
  child.stdin.on("error", () => {}); // not every group of cases reads it
  child.stdin.end("input\n");
  const [out, error, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  clearTimeout(patience);
  return { out, error, status: status as number | null };
}

/**
 * A group's answers. A case that ends the program is left out of the next run, so that later cases run.
 *
 * @param expected The group's cases in order, with the expected answers.
 * @param known Cases that end it: they are left out from the start.
 */
export async function answersOf(
  host: Host,
  file: string,
  group: string,
  expected: Readonly<Record<string, string>>,
  known: readonly string[],
): Promise<Record<string, string>> {
  const names = Object.keys(expected);
  const longestFirst = names.toSorted((one, other) => other.length - one.length);
  if (names[0] === STATUS) {
    const { status } = await runOnce(host, file, group, []);
    // Each host has another status for a trap.
    const trap = status === 0 ? "no trap" : "a trap";
    return { [STATUS]: group.startsWith("exit") ? String(status) : trap };
  }
  const ending = [...known];
  for (;;) {
    const { out, error, status } = await runOnce(host, file, group, ending);
    const answers: Record<string, string> = {};
    for (const line of out.trimEnd().split("\n")) {
      const name = longestFirst.find((name) => line.startsWith(`${name}: `)) ?? line.slice(0, line.lastIndexOf(": "));
      answers[name] = line.slice(name.length + 2);
    }
    if (status !== 0) {
      const next = names.find((name) => !(name in answers) && !ending.includes(name));
      if (next === undefined) throw new Error(`${group}: status ${status} behind all cases: ${error}`);
      ending.push(next);
      continue;
    }
    for (const name of ending) answers[name] = ENDS;
    return answers;
  }
}

/** Runs a model: the program in a child process, the senders here. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Model } from "./catalogue.ts";
import { content, type Mark, type Pace, play } from "./slow-sender.ts";

/** A line of a program's record: `assembly/programs/models/record.ts`. */
export interface Step {
  /** Monotonic nanoseconds. */
  readonly at: bigint;
  readonly name: string;
  readonly value: bigint;
}

export interface Recording {
  readonly model: Model;
  /** Time when all senders were connected. */
  readonly start: bigint;
  readonly marks: readonly Mark[];
  readonly steps: readonly Step[];
}

/** The command and the folder of the programs. */
export interface Bundle {
  readonly cli: string;
  readonly programs: URL;
}

/** Milliseconds after which the program is considered hung. */
const TIMEOUT = 30_000;

/**
 * Records a model.
 *
 * @throws Error if the program fails or reads wrong bytes
 */
export async function record(model: Model, pace: Pace, { cli, programs }: Bundle): Promise<Recording> {
  const module = fileURLToPath(new URL(`models/${model.program}.wasm`, programs));
  const command = [cli, "run", "--listen", "127.0.0.1:0", module, ...model.args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT });
  let [out, error] = ["", ""];
  child.stdout.on("data", (bytes) => (out += bytes));
  child.stderr.on("data", (bytes) => (error += bytes));
  const ended = once(child, "close").then(([status, signal]) => {
    if (status !== 0) throw new Error(`the model ${model.name} ended (${signal ?? status}): ${error.trim()}`);
  });
  const port = await Promise.race([announcement(child.stderr), ended.then(() => 0)]);
  const [played] = await Promise.all([play(port, pace, model.senders), ended]);
  const recording = { model, ...played, steps: parse(out) };
  check(recording, pace);
  return recording;
}

async function announcement(stderr: AsyncIterable<Buffer> & NodeJS.ReadableStream): Promise<number> {
  for (let said = ""; ; said += String((await once(stderr, "data"))[0])) {
    const match = /listening on 127\.0\.0\.1:(\d+)\n/.exec(said);
    if (match !== null) return Number(match[1]);
  }
}

/**
 * Parses the steps in a program's output.
 *
 * @throws Error that names an invalid line
 */
export function parse(text: string): Step[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, at, name, value] = /^(\d+)\t(\w+)\t(\d+)$/.exec(line) ?? [];
      if (value === undefined)
        throw new Error(`the record of a model has the line '${line}': expected time, step, value`);
      return { at: BigInt(at), name, value: BigInt(value) };
    });
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** The 64-bit FNV-1a hash of a sender's bytes, which programs print as `checksum`. */
export function checksum(pace: Pace, sender: number): bigint {
  let hash = FNV_OFFSET;
  for (let message = 0; message < pace.messages; message++) {
    for (const byte of content(pace, sender, message)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  }
  return hash;
}

function check({ model, steps }: Recording, pace: Pace): void {
  const read = steps.filter(({ name }) => name === "checksum").map(({ value }) => value);
  const sent = Array.from({ length: model.senders }, (_, sender) => checksum(pace, sender));
  if (read.length === sent.length && read.every((hash, index) => hash === sent[index])) return;
  throw new Error(`the model ${model.name} read bytes that were not sent`);
}

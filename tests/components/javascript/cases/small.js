/** wasi:clocks, wasi:random and wasi:cli. */
import { getArguments, getEnvironment, initialCwd } from "wasi:cli/environment@0.2.12";
import { getStderr } from "wasi:cli/stderr@0.2.12";
import { getStdin } from "wasi:cli/stdin@0.2.12";
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { getTerminalStderr } from "wasi:cli/terminal-stderr@0.2.12";
import { getTerminalStdin } from "wasi:cli/terminal-stdin@0.2.12";
import { getTerminalStdout } from "wasi:cli/terminal-stdout@0.2.12";
import * as monotonic from "wasi:clocks/monotonic-clock@0.2.12";
import * as wall from "wasi:clocks/wall-clock@0.2.12";
import { poll } from "wasi:io/poll@0.2.12";
import { getInsecureRandomBytes, getInsecureRandomU64 } from "wasi:random/insecure@0.2.12";
import { insecureSeed } from "wasi:random/insecure-seed@0.2.12";
import { getRandomBytes, getRandomU64 } from "wasi:random/random@0.2.12";
import { bytes, drop, holds, tell, text } from "./telling.js";

const MILLISECOND = 1e6;

export function clocks() {
  holds("now: does not go back", () => {
    const first = monotonic.now();
    return monotonic.now() >= first;
  });
  holds("resolution", () => monotonic.resolution() > 0 && monotonic.resolution() <= 1e9);
  const waits = (name, make, least) => {
    const start = monotonic.now();
    const pollable = make();
    tell(`${name}: ready at once`, () => pollable.ready());
    pollable.block();
    holds(`${name}: takes as long as it should`, () => monotonic.now() - start >= least);
    tell(`${name}: ready after it`, () => pollable.ready());
    tell(`${name}: poll after it`, () => poll([pollable]));
    drop(pollable);
  };
  waits("subscribe-duration", () => monotonic.subscribeDuration(200 * MILLISECOND), 200 * MILLISECOND);
  waits("subscribe-instant", () => monotonic.subscribeInstant(monotonic.now() + 200 * MILLISECOND), 190 * MILLISECOND);
  waits("subscribe-duration of nothing", () => monotonic.subscribeDuration(0), 0);
  waits("subscribe-instant of the past", () => monotonic.subscribeInstant(0), 0);
  holds("wall now: after 2025", () => wall.now().seconds > 1.73e9);
  holds("wall now: nanoseconds", () => wall.now().nanoseconds < 1e9);
  holds("wall resolution", () => {
    const { seconds, nanoseconds } = wall.resolution();
    return seconds * 1e9 + nanoseconds > 0 && nanoseconds < 1e9;
  });
}

export function random() {
  for (const [name, some, u64] of [
    ["random", getRandomBytes, getRandomU64],
    ["insecure", getInsecureRandomBytes, getInsecureRandomU64],
  ]) {
    tell(`${name} bytes: none`, () => some(0));
    holds(`${name} bytes: as many as asked for`, () => some(1).length === 1 && some(100_000).length === 100_000);
    holds(`${name} bytes: not the same twice`, () => new Set([some(32), some(32)].map(String)).size === 2);
    holds(`${name} bytes: of all values`, () => new Set(some(100_000)).size === 256);
    holds(`${name} u64: not the same twice`, () => new Set([u64(), u64()]).size === 2);
  }
  holds("insecure-seed", () => insecureSeed().length === 2);
}

/** Its standard input is "input\n", and then the end. */
export function cli() {
  tell("get-arguments: all but the program's name", () => getArguments().slice(1));
  tell("get-environment: what is granted", () => getEnvironment().filter(([name]) => name === "GRANTED"));
  tell("initial-cwd", () => (typeof initialCwd() === "string" ? "a path" : "none"));
  tell("get-terminal-stdin: of a pipe", () => getTerminalStdin());
  tell("get-terminal-stdout: of a pipe", () => getTerminalStdout());
  tell("get-terminal-stderr: of a pipe", () => getTerminalStderr());
  const input = getStdin();
  tell("get-stdin: blocking-read", () => text(input.blockingRead(3)));
  tell("get-stdin: blocking-skip", () => input.blockingSkip(1));
  tell("get-stdin: the rest", () => text(input.blockingRead(100)).trim());
  tell("get-stdin: the end", () => input.blockingRead(100));
  const readable = input.subscribe();
  tell("get-stdin: ready behind the end", () => readable.ready());
  drop(readable, input);
  const output = getStdout();
  holds("get-stdout: check-write", () => output.checkWrite() > 0);
  tell("get-stdout: blocking-flush", () => output.blockingFlush());
  drop(output);
  const error = getStderr();
  tell("get-stderr: blocking-write-and-flush", () => error.blockingWriteAndFlush(bytes("an error\n")));
  drop(error);
}

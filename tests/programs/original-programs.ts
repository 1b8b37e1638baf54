/** Commands that run the original programs in both languages, and a parser of the client's output. */
import { execFile } from "node:child_process";
import { RUNTIME } from "../script-runtime.ts";
import { CLI, type Kind, LEVEL_RUNNER, path } from "./server.ts";

const wasm = (name: string) => path(`../../dist/programs/${name}.wasm`);
const example = (name: string) => path(`../../examples/${name}.mjs`);

const inAssemblyScript = (name: string): Kind => ({
  name: `${name}.wasm`,
  source: "edges",
  command: (address) => [CLI, "run", "--listen", address, wasm(name)],
});
const overLevels = (api: string): Kind => ({
  name: `echo-${api}.wasm (levels source)`,
  source: "levels",
  command: (address) => [LEVEL_RUNNER, "--api", api, "--listen", address],
});
const inTypeScript = (name: string): Kind => ({
  name: `${name}.mjs`,
  source: "edges",
  command: (address) => [example(name), address],
});

const onLoop = (name: string): Kind[] => [
  {
    name: `loop/${name}.wasm`,
    source: "edges",
    command: (address) => [CLI, "run", "--listen", address, path(`../../dist/examples/loop/${name}.wasm`)],
  },
  {
    name: `loop/${name}.mts`,
    source: "edges",
    command: (address) => [path(`../../dist/tests/examples/${name}.js`), address],
  },
];

/** The original select server and the one with callbacks. */
export const SELECT_ECHOES = [inAssemblyScript("echo-select"), overLevels("select"), inTypeScript("echo-select")];
export const ECHOES = [
  ...SELECT_ECHOES,
  inAssemblyScript("echo-selectors"),
  overLevels("selectors"),
  inTypeScript("echo-selectors"),
  ...onLoop("echo"),
];
/** The second original select server. */
export const SELECT_UPPERS = [inAssemblyScript("upper-select"), inTypeScript("upper-select")];
export const UPPERS = [...SELECT_UPPERS, ...onLoop("upper")];

/** The original client, for a port of 127.0.0.1: arguments for Node. */
export const CLIENTS: readonly { name: string; command(port: number, granted?: number): string[] }[] = [
  {
    name: "client.wasm",
    command: (port, granted = port) => [
      ...[CLI, "run", "--connect", `127.0.0.1:${granted}`],
      ...[wasm("client"), "127.0.0.1", String(port)],
    ],
  },
  { name: "client.mjs", command: (port) => [example("client"), `127.0.0.1:${port}`] },
  {
    name: "loop/client.wasm",
    command: (port, granted = port) => [
      ...[CLI, "run", "--connect", `127.0.0.1:${granted}`],
      ...[path("../../dist/examples/loop/client.wasm"), "127.0.0.1", String(port)],
    ],
  },
  { name: "loop/client.mts", command: (port) => [path("../../dist/tests/examples/client.js"), `127.0.0.1:${port}`] },
];

export const MESSAGES = ["This is the message. ", "It will be sent ", "in parts."];
export const UPPER_MESSAGES = MESSAGES.map((message) => message.toUpperCase());

/** Runs a script to its end. */
export function runScript(command: string[]): Promise<{ status: number; out: string; error: string }> {
  return new Promise((resolve) => {
    const [program, ...words] = [...RUNTIME, ...command];
    execFile(program, words, (failure, out, error) => {
      resolve({ status: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

export interface Dialogue {
  sent: string[];
  received: string[];
}

/** The client's output by connection. Throws on an unknown line. */
export function dialogues(printed: string): Dialogue[] {
  const byName = new Map<string, Dialogue>();
  for (const line of printed.trimEnd().split("\n")) {
    const [, name, verb, message] = /^(.*): (sending|received) "(.*)"$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`unexpected: '${line}'`);
    const dialogue = byName.get(name) ?? { sent: [], received: [] };
    byName.set(name, dialogue);
    dialogue[verb === "sending" ? "sent" : "received"].push(message);
  }
  return [...byName.values()];
}

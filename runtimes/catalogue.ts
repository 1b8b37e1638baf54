/**
 * The runtimes of the matrix, and how each runs a bundled program. Another runtime is another entry: what it is called,
 * where its wakeups come from, what it cannot do, and the command line. Everything is found from the project's root, which is
 * where tests and benchmarks run.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { BROWSER } from "./browser.ts";
import { pinned } from "./pins.ts";
import type { Listed, Program, Runtime } from "./runtime.ts";

const ROOT = process.cwd();
export const PROGRAMS: readonly Program[] = [
  { name: "echo-poll", module: "echo-poll", args: [] },
  { name: "echo-epoll --level", module: "echo-epoll", args: ["--level"] },
  { name: "echo-epoll --edge", module: "echo-epoll", args: ["--edge"] },
  { name: "echo-selectors", module: "echo-selectors", args: [] },
];

const address = (port: number) => `127.0.0.1:${port}`;
const module = (program: string) => join(ROOT, `dist/programs/${program}.wasm`);
const component = (program: string, wasi: "0.2" | "0.3" = "0.2") =>
  join(ROOT, `dist/programs/${program}.${wasi === "0.3" ? "p3." : ""}component.wasm`);

/** For Deno. */
const ALLOWED = ["run", "--allow-all"];

/** The runtimes like Node: the words in front of a script's path. */
export const LIKE_NODE = [
  { name: "Deno", how: ALLOWED },
  { name: "Bun", how: [] },
].map(({ name, how }) => {
  const { program, missing } = pinned(name.toLowerCase());
  return { name, command: [program, ...how], missing };
});

/** A Node that can suspend guests, for tests that need one; undefined if there is none. */
export const NODE_24 = process.env.POLLUX_NODE_24 ?? installed(pinned("node-24"));

function installed({ program, missing }: ReturnType<typeof pinned>): string | undefined {
  return missing === undefined ? program : undefined;
}

const THIS_NODE = { program: process.execPath, version: process.versions.node, missing: undefined };

function node(found: ReturnType<typeof pinned>, sleep?: "suspending"): Runtime {
  const options = sleep === undefined ? [] : ["--sleep", sleep];
  return {
    name: `Node ${found.version.split(".")[0]}${sleep === undefined ? "" : ", JSPI"}`,
    runs: "module, our host",
    source: "edges",
    version: found.version,
    missing: found.missing,
    script: sleep === undefined ? { command: [found.program], driver: "posix" } : undefined,
    command: (program, args, port) => [
      ...[found.program, join(ROOT, "dist/cli.cjs"), "run", ...options],
      ...["--listen", address(port), module(program), ...args],
    ],
    typed: `pollux run ${options.map((option) => `${option} `).join("")}--listen HOST:PORT echo-epoll.wasm`,
    limits: sleep === undefined ? "none; Linux" : "none; the event loop stays free while the program sleeps",
  };
}

/** Deno and Bun: the command as Node has it. */
function nodeLike(name: string, how: readonly string[], driver: "posix" | "net", limits: string): Runtime {
  const { program, version, missing } = pinned(name.toLowerCase());
  const options = driver === "net" ? ["--driver", "net"] : [];
  return {
    name: driver === "net" ? `${name}, net driver` : name,
    runs: "module, our host",
    source: "edges",
    version,
    missing,
    // Their own sockets tell less of resets than the kernel's.
    script: { command: [program, ...how], driver: driver === "net" ? "simulated" : driver },
    command: (guest, args, port) => [
      ...[program, ...how, join(ROOT, "dist/cli.cjs"), "run", ...options],
      ...["--listen", address(port), module(guest), ...args],
    ],
    typed: [
      ...[name.toLowerCase(), ...how, "node_modules/pollux/dist/cli.cjs run", ...options],
      "--listen HOST:PORT echo-epoll.wasm",
    ].join(" "),
    limits,
  };
}

/** The component of the same program on our host: it opens its listener itself, and waits by wasi:io/poll. */
function hostedComponent(
  name: string,
  { version, missing }: { version: string; missing: string | undefined },
  how: readonly string[],
  options: readonly string[],
  limits: string,
): Runtime {
  const run = [...how, join(ROOT, "dist/cli.cjs"), "run", ...options, "--bind", "127.0.0.1:*"];
  return {
    name: `${name}, component`,
    runs: "component",
    source: "levels",
    version,
    missing,
    command: (program, args, port) => [...run, component(program), "--listen", address(port), ...args],
    typed: `pollux run ${[...options, "--bind HOST:PORT"].join(" ")} echo-epoll.component.wasm --listen HOST:PORT`,
    limits,
  };
}

function likeComponent(name: string, how: readonly string[], driver: "posix" | "net", limits: string): Runtime {
  const found = pinned(name.toLowerCase());
  const options = driver === "net" ? ["--driver", "net"] : [];
  const title = driver === "net" ? `${name}, net driver` : name;
  return hostedComponent(title, found, [found.program, ...how], options, `${limits}; the exit status is 0 or 1`);
}

function nodeComponent(found: ReturnType<typeof pinned>, sleep?: "suspending"): Runtime {
  const name = `Node ${found.version.split(".")[0]}${sleep === undefined ? "" : ", JSPI"}`;
  const options = sleep === undefined ? [] : ["--sleep", sleep];
  return hostedComponent(name, found, [found.program], options, "the exit status is 0 or 1");
}

function wasmtimeModule(name: string): Runtime {
  const { program: wasmtime, ...found } = pinned(name);
  return {
    name: `${name.replace("-", " ")}, module`,
    runs: "module",
    source: "levels",
    ...found,
    command: (program, args, port) => [
      ...[wasmtime, "run", "-S", "preview2=n", "-S", `tcplisten=${address(port)}`],
      ...[module(program), ...args],
    ],
    typed: "wasmtime run -S preview2=n -S tcplisten=HOST:PORT echo-epoll.wasm",
    limits:
      "no outbound connections; when one descriptor is ready all are reported, and those that are not cost a call each; 47 and later have no listeners for modules",
  };
}

function wasmtimeComponent(name: string): Runtime {
  const { program: wasmtime, ...found } = pinned(name);
  return {
    name: `${name.replace("-", " ")}, component`,
    runs: "component",
    source: "levels",
    ...found,
    command: (program, args, port) => [
      ...[wasmtime, "run", "-S", "inherit-network", component(program)],
      ...["--listen", address(port), ...args],
    ],
    typed: "wasmtime run -S inherit-network echo-epoll.component.wasm --listen HOST:PORT",
    limits: "the exit status is 0 or 1, because WASI 0.2 has no others",
  };
}

/** WASI 0.3 is on by default from 46 on. */
function wasmtimeWaitables(name: string): Runtime {
  const { program: wasmtime, ...found } = pinned(name);
  return {
    name: `${name.replace("-", " ")}, 0.3 component`,
    runs: "component",
    source: "waitables",
    ...found,
    command: (program, args, port) => [
      ...[wasmtime, "run", "-S", "inherit-network", component(program, "0.3")],
      ...["--listen", address(port), ...args],
    ],
    typed: "wasmtime run -S inherit-network echo-epoll.p3.component.wasm --listen HOST:PORT",
    limits: "no urgent data; an end or a reset behind unread bytes shows when these have been read",
  };
}

/** Our Worker for the matrix: tests/runtimes/workers. The package lacks its program on platforms without one. */
function workerd(): Runtime {
  const require = createRequire(import.meta.url);
  let program = "";
  let missing: string | undefined;
  try {
    program = require("workerd").default;
  } catch (error) {
    missing = `cannot be installed: ${(error as Error).message.split("\n")[0]}`;
  }
  const config = join(ROOT, "tests/runtimes/workers/config.capnp");
  return {
    name: "workerd",
    runs: "module, our host",
    source: "edges",
    version: packaged("workerd"),
    missing,
    command: (name, args, port) => [
      ...["env", `POLLUX_ARGS=${args.join(" ")}`, program, "serve", config, CONFIGURATION[name], "--experimental"],
      `--socket-addr=tcp=${address(port)}`,
    ],
    typed: "workerd serve examples/workers/config.capnp --experimental",
    limits:
      "the web driver's: TCP alone, no reset can be sent, peers' addresses are unknown; the server lives in a Durable Object; JSPI",
  };
}

/** Names in tests/runtimes/workers/config.capnp. */
const CONFIGURATION: Record<string, string> = {
  "echo-poll": "echoPoll",
  "echo-epoll": "echoEpoll",
  "echo-selectors": "echoSelectors",
};

const packaged = (name: string): string =>
  JSON.parse(readFileSync(join(ROOT, `node_modules/${name}/package.json`), "utf8")).version;

const wazero = pinned("wazero");

export const RUNTIMES: readonly Runtime[] = [
  node(THIS_NODE),
  node(pinned("node-22")),
  node(pinned("node-24")),
  node(pinned("node-24"), "suspending"),
  node(pinned("node-26")),
  node(pinned("node-26"), "suspending"),
  {
    ...node(THIS_NODE),
    name: "Node 20, net driver",
    script: { command: [process.execPath], driver: "net" },
    command: (program, args, port) => [
      ...[process.execPath, join(ROOT, "dist/cli.cjs"), "run", "--driver", "net"],
      ...["--listen", address(port), module(program), ...args],
    ],
    typed: "pollux run --driver net --listen HOST:PORT echo-epoll.wasm",
    limits: "what docs/host.md says of the net driver: no urgent data; a reset behind the end shows at a write",
  },
  nodeLike("Deno", ALLOWED, "posix", "none; Linux, with --allow-ffi"),
  nodeLike("Bun", [], "posix", "none; Linux"),
  nodeLike(
    "Deno",
    ALLOWED,
    "net",
    "the net driver's; after a shutdown of both sides, what the peer sends is not answered with a reset; a refused UDP connection is not reported",
  ),
  nodeLike(
    "Bun",
    [],
    "net",
    "the net driver's; after a shutdown of both sides, what the peer sends is not answered with a reset",
  ),
  nodeComponent(THIS_NODE),
  nodeComponent(pinned("node-22")),
  nodeComponent(pinned("node-24")),
  nodeComponent(pinned("node-24"), "suspending"),
  nodeComponent(pinned("node-26")),
  nodeComponent(pinned("node-26"), "suspending"),
  hostedComponent("Node 20, net driver", THIS_NODE, [process.execPath], ["--driver", "net"], "the net driver's"),
  ...[["posix", "Linux"] as const, ["net", "the net driver's"] as const].flatMap(([driver, limits]) => [
    likeComponent("Deno", ALLOWED, driver, limits),
    likeComponent("Bun", [], driver, limits),
  ]),
  {
    name: "node:wasi with our imports over it",
    runs: "module, our host",
    source: "edges",
    version: process.versions.node,
    missing: undefined,
    command: (program, args, port) => [
      ...[process.execPath, "--no-warnings", join(ROOT, "examples/node-wasi.mjs")],
      ...[address(port), module(program), ...args],
    ],
    typed: "node examples/node-wasi.mjs HOST:PORT echo-epoll.wasm",
    limits: "none; Linux",
  },
  workerd(),
  wasmtimeModule("wasmtime-36"),
  wasmtimeModule("wasmtime-46"),
  wasmtimeComponent("wasmtime-36"),
  wasmtimeComponent("wasmtime-49"),
  wasmtimeWaitables("wasmtime-46"),
  wasmtimeWaitables("wasmtime-49"),
  {
    name: "jco on Node 20",
    runs: "component",
    source: "levels",
    version: packaged("@bytecodealliance/jco"),
    missing: undefined,
    command: (program, args, port) => [
      ...[process.execPath, join(ROOT, "node_modules/@bytecodealliance/jco/dist/jco.js"), "run", component(program)],
      ...["--listen", address(port), ...args],
    ],
    acceptsFromBind: true,
    typed: "jco run echo-epoll.component.wasm --listen HOST:PORT",
    limits: "each call goes to a thread and back; a connection that comes between bind and listen is closed",
  },
  {
    name: "wazero",
    runs: "module",
    source: "levels",
    version: wazero.version,
    missing: wazero.missing,
    command: (program, args, port) => [wazero.program, "run", `-listen=${address(port)}`, module(program), ...args],
    typed: "wazero run -listen=HOST:PORT echo-epoll.wasm",
    limits:
      "no outbound connections; it cannot wait for sockets, so an idle program looks at each of them a hundred times a second",
    collectsDescriptors: true,
  },
];

/** All that the tables have a row for: those with processes, and the browser. */
export const LISTED: readonly Listed[] = [...RUNTIMES, BROWSER];

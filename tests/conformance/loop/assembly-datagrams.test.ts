/** Datagram sockets of the loop in AssemblyScript: guests/datagram-suite.ts prints a line for each of its cases, over each driver and as a component. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIKE_NODE, NODE_24 } from "../../../runtimes/catalogue.ts";
import { pinned } from "../../../runtimes/pins.ts";
import { ending } from "../../runtimes/ending.ts";
import { DRIVERS } from "./loop-rig.ts";

const source = readFileSync("tests/runtimes/guests/datagram-suite.ts", "utf8");
const named = [...source.matchAll(/\bit\([`"](.+?)[`"],/g)].map(([, name]) => name);
// biome-ignore lint/suspicious/noTemplateCurlyInString: the guest's own
const HOST = "${host}: ";
const names = named.flatMap((name) =>
  name.startsWith(HOST) ? ["127.0.0.1", "[::1]"].map((host) => name.replace(HOST, `${host}: `)) : [name],
);

const RUNS = [
  ...DRIVERS.flatMap((driver) => [
    { driver, sleep: "blocking", node: [process.execPath] },
    { driver, sleep: "suspending", node: NODE_24 === undefined ? undefined : [NODE_24] },
  ]),
  ...LIKE_NODE.flatMap(({ name, command, missing }) =>
    ["blocking", "suspending"].map((sleep) => ({
      driver: "posix",
      sleep: `${sleep} on ${name}`,
      node: missing === undefined ? command : undefined,
    })),
  ),
];

const GRANTS = ["127.0.0.1:*", "[::1]:*"].flatMap((address) => ["--bind", address, "--connect", address]);
const MODULES = RUNS.map(({ driver, sleep, node }) => ({
  name: `over ${driver}, ${sleep}`,
  command: [...(node ?? []), "dist/cli.cjs", "run", "--driver", driver, "--sleep", sleep.split(" ", 1)[0], ...GRANTS],
  file: "dist/tests/datagram-suite.wasm",
  missing: node === undefined ? "no such runtime: npm run runtimes" : undefined,
}));
const COMPONENTS = [
  ...DRIVERS.map((driver) => ({
    name: `pollux, ${driver}`,
    command: [process.execPath, "dist/cli.cjs", "run", "--driver", driver, ...GRANTS],
    missing: undefined,
  })),
  ...["wasmtime-36", "wasmtime-49"].map((name) => {
    const { program, missing } = pinned(name);
    return { name, command: [program, "run", "-S", "inherit-network"], missing };
  }),
].map((one) => ({ ...one, name: `as a component, ${one.name}`, file: "dist/tests/datagram-suite.component.wasm" }));
const { program: wasmtime, missing: noWasmtime } = pinned("wasmtime-49");
const WASI_0_3 = {
  name: "as a component of WASI 0.3, wasmtime-49",
  command: [wasmtime, "run", "-S", "inherit-network"],
  file: "dist/tests/datagram-suite.p3.component.wasm",
  missing: noWasmtime,
};

describe.each([...MODULES, ...COMPONENTS, WASI_0_3])(
  "datagrams in AssemblyScript $name",
  ({ name, command, file, missing }) => {
    const running = missing === undefined ? ending([...command, file]) : undefined;
    // wasmtime's command grants all addresses or none.
    const grantsAll = name.includes("wasmtime");

    it.for(names)("%s", async (condition, { skip }) => {
      if (running === undefined) skip(missing);
      const { said } = await running!;
      const holds = !(grantsAll && condition.includes("not granted"));
      expect(said.split("\n").find((line) => line.endsWith(condition)) ?? said).toBe(
        `${holds ? "ok" : "not ok"} ${condition}`,
      );
    });

    it("ends with status 0, and runs no case that is not listed", async ({ skip }) => {
      if (running === undefined) skip(missing);
      const { said, status } = await running!;
      expect([said.trimEnd().split("\n").length, status]).toEqual([names.length, 0]);
    });
  },
);

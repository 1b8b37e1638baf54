/** One suite of streams for the loops of both languages: over each driver, with each way to wait, and as components. */
import { describe, expect, it } from "vitest";
import { LIKE_NODE, NODE_24 } from "../../../runtimes/catalogue.ts";
import { pinned } from "../../../runtimes/pins.ts";
import { ending } from "../../runtimes/ending.ts";
import { COMBINATIONS, DRIVERS, openLoop } from "./loop-rig.ts";
import { HEARD, SCENARIOS } from "./scenarios.ts";

describe.each(COMBINATIONS)("streams in TypeScript over $driver, $wait", ({ driver, run }) => {
  it.each(Object.entries(SCENARIOS))("%s", async (name, play) => {
    using loop = await openLoop({ driver });
    expect(await play(loop, run)).toBe(HEARD[name]);
    expect(loop.errors).toEqual([]);
  });
});

const MODULE = "dist/tests/stream-suite.wasm";
const ANYWHERE = ["127.0.0.1:*"];
const module = (node: string | undefined, driver: string, sleep: string) => ({
  name: `over ${driver}, ${sleep}`,
  command: moduleOn([node ?? ""], driver, sleep),
  missing: node === undefined ? "no Node with JSPI: npm run runtimes" : undefined,
});
const moduleOn = (runtime: string[], driver: string, sleep: string) => [
  ...[...runtime, "dist/cli.cjs", "run", "--driver", driver, "--sleep", sleep],
  ...["--listen", "127.0.0.1:0", "--connect", ...ANYWHERE, MODULE],
];
const { program: wasmtime, missing } = pinned("wasmtime-49");
const component = (name: string, version: string, host: string[], without?: string) => ({
  name: `as a component of WASI ${version}, ${name}`,
  command: [...host, `dist/tests/stream-suite.${version === "0.3" ? "p3." : ""}component.wasm`],
  missing: without,
});
const POLLUX = ["dist/cli.cjs", "run", "--bind", "127.0.0.1:0", "--connect", ...ANYWHERE];
const LISTEN = ["--listen", "127.0.0.1:0"];

const TARGETS = [
  ...DRIVERS.flatMap((driver) => [
    module(process.execPath, driver, "blocking"),
    module(NODE_24, driver, "suspending"),
    ...(driver === "simulated" ? [] : [module(process.execPath, driver, "worker")]),
  ]),
  ...LIKE_NODE.flatMap(({ name, command, missing }) =>
    ["blocking", "suspending", "worker"].map((sleep) => ({
      name: `on ${name}, over posix, ${sleep}`,
      command: moduleOn(command, "posix", sleep),
      missing,
    })),
  ),
  component("pollux", "0.2", [process.execPath, ...POLLUX]),
  ...LIKE_NODE.map(({ name, command, missing }) =>
    component(`pollux on ${name}`, "0.2", [...command, ...POLLUX], missing),
  ),
  ...["0.2", "0.3"].map((version) =>
    component("wasmtime 49", version, [wasmtime, "run", "-S", "inherit-network"], missing),
  ),
];

describe.each(TARGETS)("streams in AssemblyScript $name", ({ name, command, missing }) => {
  const isComponent = name.includes("component");
  const running = missing === undefined ? ending(isComponent ? [...command, ...LISTEN] : command) : undefined;

  it.for(Object.entries(HEARD))("%s", async ([scenario, heard], { skip }) => {
    if (running === undefined) skip(missing);
    const { said } = await running!;
    const line = said.split("\n").find((text) => text.startsWith(`${scenario}: `));
    // WASI has no call for TCP_NODELAY.
    const expected = isComponent ? heard.replace("[noDelay]", "[ENOTSUP]") : heard;
    expect(line ?? said).toBe(`${scenario}: ${expected}`);
  });

  it("ends with status 0, and plays nothing that is not listed", async ({ skip }) => {
    if (running === undefined) skip(missing);
    const { said, status } = await running!;
    const played = said.split("\n").filter((line) => line !== "" && !line.startsWith("listening on "));
    expect([played.map((line) => line.split(":")[0]).sort(), status]).toEqual([Object.keys(HEARD).sort(), 0]);
  });
});

/** Datagram sockets of the loop in AssemblyScript: guests/datagram-suite.ts prints a line for each of its cases, over each driver. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LIKE_NODE, NODE_24 } from "../../../runtimes/catalogue.ts";
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

describe.each(RUNS)("datagrams in AssemblyScript over $driver, $sleep", ({ driver, sleep, node }) => {
  const grants = ["127.0.0.1:*", "[::1]:*"].flatMap((address) => ["--bind", address, "--connect", address]);
  const options = ["--driver", driver, "--sleep", sleep.split(" ", 1)[0], ...grants];
  const running =
    node === undefined
      ? undefined
      : ending([...node, "dist/cli.cjs", "run", ...options, "dist/tests/datagram-suite.wasm"]);

  it.for(names)("%s", async (name, { skip }) => {
    if (running === undefined) skip("no such runtime: npm run runtimes");
    const { said } = await running!;
    expect(said.split("\n").find((line) => line.endsWith(name)) ?? said).toBe(`ok ${name}`);
  });

  it("ends with status 0, and runs no case that is not listed", async ({ skip }) => {
    if (running === undefined) skip("no such runtime: npm run runtimes");
    const { said, status } = await running!;
    expect([said.trimEnd().split("\n").length, status]).toEqual([names.length, 0]);
  });
});

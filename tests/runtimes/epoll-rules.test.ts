/**
 * The rules of epoll as a component of WASI 0.3 keeps them: guests/epoll-suite.ts has both ends of its connections, runs by itself on
 * each runtime, and prints a line for each of its cases.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { ending } from "./ending.ts";

const RUNTIMES = ["wasmtime-46", "wasmtime-49"].map((name) => ({ name, ...pinned(name) }));
const SUITE = ["run", "-S", "inherit-network", "dist/tests/epoll-suite.p3.component.wasm"];

const source = readFileSync("tests/runtimes/guests/epoll-suite.ts", "utf8");
const names = [...source.matchAll(/^ {2}it\("(.+)", /gm)].map(([, name]) => name);

describe.each(RUNTIMES)("on $name, epoll over waitables", ({ program, missing }) => {
  const running = missing === undefined ? ending([program, ...SUITE]) : undefined;

  it.for(names)("%s", async (name, { skip }) => {
    if (running === undefined) skip(missing);
    const { said } = await running!;
    const line = said.split("\n").find((line) => line.replace(/^(not )?ok /, "").startsWith(name));
    expect(line ?? said).toBe(`ok ${name}`);
  });

  it("runs only listed cases, and ends with status 0", async ({ skip }) => {
    if (running === undefined) skip(missing);
    const { said, status } = await running!;
    expect([said.trimEnd().split("\n").length, status]).toEqual([names.length, 0]);
  });
});

/** pollux/host/preview2: components transpiled by jco, over our WASI 0.2. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { transpile } from "@bytecodealliance/jco";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProcessExit } from "../../wasi-host/kernel/process-exit.ts";
import { openPreview2, type Preview2Imports } from "../../wasi-host/preview2.ts";

const ECHO = "dist/programs/echo-epoll.component.wasm";
const folder = mkdtempSync(path.join(tmpdir(), "pollux-transpiled-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("serves the bundled echo server that jco has transpiled, by the example", async () => {
  const { files } = await transpile(readFileSync(ECHO), {
    name: "echo",
    instantiation: "async",
    noTypescript: true,
  });
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes as Uint8Array);
  }
  writeFileSync(path.join(folder, "package.json"), '{"type":"module"}');
  const args = ["examples/transpiled/serve.mjs", path.join(folder, "echo.js"), "--listen", "127.0.0.1:0"];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  while (!said.includes("\n")) said += (await once(server.stderr!, "data"))[0];
  const [, port] = /^listening on 127\.0\.0\.1:(\d+)\n/.exec(said) ?? [said];
  const socket = net.connect(Number(port), "127.0.0.1");
  socket.end("hello");
  let echoed = "";
  for await (const bytes of socket) echoed += bytes;
  server.kill("SIGKILL");
  expect(echoed).toBe("hello");
}, 60_000);

// biome-ignore lint/suspicious/noExplicitAny: the shape is jco's, which has its own declarations for each component.
type Interface = any;

describe("the import object", () => {
  let opened: Preview2Imports;
  const of = (name: string): Interface => opened.imports[name];

  beforeAll(async () => {
    opened = await openPreview2({ args: ["program", "one"], env: { A: "1" }, dirs: { "/data": folder } });
  });
  afterAll(() => opened.dispose());

  /** The error of a call, as jco reads it. */
  const payload = (call: () => unknown): unknown => {
    try {
      call();
    } catch (error) {
      return (error as { readonly payload?: unknown }).payload;
    }
    throw new Error("expected an error");
  };

  it("has the program's arguments and environment", () => {
    const { getArguments, getEnvironment } = of("wasi:cli/environment");
    expect(getArguments()).toEqual(["program", "one"]);
    expect(getEnvironment()).toEqual([["A", "1"]]);
  });

  it("has records, numbers of 64 bits and bytes in jco's form", () => {
    expect(of("wasi:clocks/wall-clock").now()).toEqual({
      seconds: expect.any(BigInt),
      nanoseconds: expect.any(Number),
    });
    const bytes = of("wasi:random/random").getRandomBytes(100_000n);
    expect([bytes.constructor, bytes.length]).toEqual([Uint8Array, 100_000]);
  });

  it("has a class for each resource, and methods", () => {
    const { OutputStream } = of("wasi:io/streams");
    const stream = of("wasi:cli/stdout").getStdout();
    expect(stream).toBeInstanceOf(OutputStream);
    expect(stream.checkWrite()).toBeGreaterThan(0n);
    const pollable = stream.subscribe();
    expect(pollable).toBeInstanceOf(of("wasi:io/poll").Pollable);
    expect([...of("wasi:io/poll").poll([pollable])]).toEqual([0]);
    pollable[Symbol.dispose ?? Symbol.for("dispose")]();
    expect(() => pollable.ready()).toThrow(WebAssembly.RuntimeError);
  });

  it("throws an error of the WIT with its value as payload", () => {
    const socket = of("wasi:sockets/tcp-create-socket").createTcpSocket("ipv4");
    const network = of("wasi:sockets/instance-network").instanceNetwork();
    const address = { tag: "ipv4", val: { port: 0, address: [127, 0, 0, 1] } };
    expect(payload(() => socket.startBind(network, address))).toBe("access-denied");
  });

  it("opens files with flags, options and variants", () => {
    const [[directory, name]] = of("wasi:filesystem/preopens").getDirectories();
    expect(name).toBe("/data");
    const file = directory.openAt({}, "new.txt", { create: true }, { read: true, write: true });
    expect(file.write(new TextEncoder().encode("hello"), 0n)).toBe(5n);
    expect(file.stat()).toMatchObject({ type: "regular-file", size: 5n });
    expect(new TextDecoder().decode(file.read(3n, 1n)[0])).toBe("ell");
    expect(payload(() => directory.openAt({}, "../up", {}, { read: true }))).toBe("not-permitted");
    expect(readFileSync(path.join(folder, "new.txt"), "utf8")).toBe("hello");
  });

  it("refuses an object of another kind as a resource, and makes none by new", () => {
    const { Pollable, poll } = of("wasi:io/poll");
    expect(() => poll([{}])).toThrow("expected a Pollable of these imports");
    expect(() => new Pollable()).toThrow("a pollable is made by the functions of wasi:io/poll");
  });

  it("opens no more handles than limits.handles", async () => {
    using limited = await openPreview2({ limits: { handles: 1 } });
    const { getStdout } = limited.imports["wasi:cli/stdout"] as Interface;
    getStdout();
    expect(getStdout).toThrow("no handle for another output-stream: 1 are open, which is the limit");
  });

  it("stops the program at its exit", () => {
    expect(() => of("wasi:cli/exit").exit({ tag: "err" })).toThrow(ProcessExit);
  });
});

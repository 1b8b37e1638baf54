/** Standard input of a component, watched by epoll beside a connection: guests/relay.ts does what netcat does. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { LIKE_NODE } from "../../runtimes/catalogue.ts";
import { pinned } from "../../runtimes/pins.ts";

const wasmtime = (name: string, wasi: "0.2" | "0.3") => {
  const { program, missing } = pinned(name);
  const file = `dist/tests/relay.${wasi === "0.3" ? "p3." : ""}component.wasm`;
  return { name: `${name}, ${wasi}`, missing, command: [program, "run", "-S", "inherit-network", file] };
};
const CLI = ["dist/cli.cjs", "run", "--connect", "127.0.0.1:*", "dist/tests/relay.component.wasm"];
const RUNTIMES = [
  wasmtime("wasmtime-36", "0.2"),
  wasmtime("wasmtime-46", "0.2"),
  wasmtime("wasmtime-49", "0.2"),
  wasmtime("wasmtime-46", "0.3"),
  wasmtime("wasmtime-49", "0.3"),
  {
    name: "our host, 0.2",
    missing: undefined,
    command: [process.execPath, ...CLI],
  },
  ...LIKE_NODE.map(({ name, command, missing }) => ({
    name: `our host on ${name}, 0.2`,
    missing,
    command: [...command, ...CLI],
  })),
];
const CASES = RUNTIMES.flatMap((runtime) => [[], ["--edge"]].map((flags) => ({ ...runtime, flags })));

/** Accepts one connection, which `serve` has. */
async function listening(serve: (socket: Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket.on("error", () => {})));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void (await once(server.close(), "close")) };
}

/** The lines and the bytes are all different, so that a lost or doubled piece shows. */
const MESSAGE = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${index}\n`).join(""));

describe.each(CASES)("on $name, $flags", ({ command: [program, ...args], flags, missing }) => {
  const start = (port: number, input: "pipe" | number = "pipe") =>
    spawn(program, [...args, "127.0.0.1", String(port), ...flags], {
      stdio: [input, "pipe", "pipe"],
      timeout: 30_000,
      killSignal: "SIGKILL",
    }) as ChildProcessByStdio<Writable | null, Readable, Readable>;

  async function ending(
    child: ReturnType<typeof start>,
  ): Promise<{ out: Buffer; error: string; status: number | null }> {
    const closed = once(child, "close");
    const [out, error] = await Promise.all([buffer(child.stdout), text(child.stderr)]);
    const [status] = await closed;
    return { out, error, status };
  }

  it("all of a pipe goes out and comes back, to its end", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await using server = await listening((socket) => socket.pipe(socket));
    const child = start(server.port);
    child.stdin!.end(MESSAGE);
    const { out, error, status } = await ending(child);
    expect([error, status, out.length, out.equals(MESSAGE)]).toEqual(["", 0, MESSAGE.length, true]);
  });

  it("all of a file goes out and comes back, to its end", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await using server = await listening((socket) => socket.pipe(socket));
    const folder = mkdtempSync(join(tmpdir(), "relay-"));
    writeFileSync(join(folder, "input"), MESSAGE);
    const file = openSync(join(folder, "input"), "r");
    const { out, error, status } = await ending(start(server.port, file));
    closeSync(file);
    rmSync(folder, { recursive: true });
    expect([error, status, out.length, out.equals(MESSAGE)]).toEqual(["", 0, MESSAGE.length, true]);
  });

  it("an input that is empty ends at once", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await using server = await listening((socket) => socket.on("end", () => socket.end("bye")).resume());
    const child = start(server.port);
    child.stdin!.end();
    const { out, error, status } = await ending(child);
    expect([error, status, out.toString()]).toEqual(["", 0, "bye"]);
  });

  it("input and connection are waited for together", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    await using server = await listening((socket) => socket.pipe(socket));
    const child = start(server.port);
    const ended = ending(child);
    let out = "";
    child.stdout.on("data", (some) => (out += some));
    for (let turn = 0; turn < 20; turn++) {
      child.stdin!.write(`line ${turn}\n`);
      while (!out.endsWith(`line ${turn}\n`)) await once(child.stdout, "data");
    }
    child.stdin!.end();
    expect((await ended).status).toBe(0);
  });

  it("a server that is slow to read holds the input back, and gets all of it", async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    const total = 8 * 2 ** 20;
    await using server = await listening((socket) => {
      let bytes = 0;
      socket.pause();
      setTimeout(() => socket.resume(), 200);
      socket.on("data", ({ length }) => (bytes += length)).on("end", () => socket.end(`${bytes} bytes`));
    });
    const child = start(server.port);
    child.stdin!.end(Buffer.alloc(total, "x"));
    const { out, error, status } = await ending(child);
    expect([error, status, out.toString()]).toEqual(["", 0, `${total} bytes`]);
  });
});

/** The original Python programs and ours: their client against our servers, our clients against their servers. */
import { once } from "node:events";
import net from "node:net";
import { describe, expect, it, vi } from "vitest";
import {
  CLIENTS,
  type Dialogue,
  dialogues,
  ECHOES,
  MESSAGES,
  runScript,
  UPPER_MESSAGES,
  UPPERS,
} from "./original-programs.ts";
import { HAS_PYTHON, runPeer, servePeer } from "./peers/python.ts";
import { sharedServer } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const SERVERS = [
  ...ECHOES.map((kind) => ({ kind, answers: MESSAGES })),
  ...UPPERS.map((kind) => ({ kind, answers: UPPER_MESSAGES })),
];
const PEERS = [
  { script: "original-select-server.py", answers: MESSAGES },
  { script: "original-upper-server.py", answers: UPPER_MESSAGES },
  { script: "original-selectors-server.py", answers: MESSAGES },
];

/** Two connections, each with all messages sent and all answers received. */
const complete = (answers: string[]): Dialogue[] => new Array(2).fill({ sent: MESSAGES, received: answers });

/**
 * Runs a client with an original server. The second one has a fault: it ends with a KeyError if a client leaves while its answer is
 * ready, which happens when the machine is busy. Then both start again.
 */
async function talk(script: string, command: (port: number) => string[]): ReturnType<typeof runScript> {
  for (;;) {
    await using server = await servePeer(script);
    const ended = await runScript(command(server.port));
    const errors = await server.end();
    if (!errors.includes("KeyError")) {
      expect(errors).toBe("");
      return ended;
    }
  }
}

describe.each(SERVERS)("$kind.name", ({ kind, answers }) => {
  const shared = sharedServer(kind);

  it.skipIf(!HAS_PYTHON)("answers both connections of the original Python client, again and again", async () => {
    const server = shared();
    for (let round = 0; round < 3; round++) {
      expect(dialogues(await runPeer("original-client.py", server.port))).toEqual(complete(answers));
    }
  });

  it.each(CLIENTS)("answers $name", async ({ command }) => {
    const server = shared();
    const { status, out, error } = await runScript(command(server.port));
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expect(dialogues(out)).toEqual(complete(answers));
  });
});

describe.each(CLIENTS)("$name", ({ command }) => {
  it.skipIf(!HAS_PYTHON).each(PEERS)("gets answers from $script", async ({ script, answers }) => {
    const { status, out, error } = await talk(script, command);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expect(dialogues(out)).toEqual(complete(answers));
  });

  it("joins an answer that arrives byte by byte from a slow server", async () => {
    await using server = await listen((socket) => {
      socket.setNoDelay();
      socket.on("data", async (bytes) => {
        for (const byte of bytes) await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
      });
    });
    const { status, out } = await runScript(command(server.port));
    expect(status).toBe(0);
    expect(dialogues(out)).toEqual(complete(MESSAGES));
  });

  it("exits with 1 if the server closes or resets the connection before the answer", async () => {
    for (const end of [(socket: net.Socket) => socket.end("This"), (socket: net.Socket) => socket.resetAndDestroy()]) {
      await using server = await listen((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => end(socket));
      });
      const { status, error } = await runScript(command(server.port));
      expect(status).toBe(1);
      expect(error).toMatch(/^127\.0\.0\.1:\d+: .*\n$/);
    }
  });

  it("exits with 1 and names the address if the connection is refused", async () => {
    const server = await listen(() => {});
    await server[Symbol.asyncDispose]();
    const { status, out, error } = await runScript(command(server.port));
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(new RegExp(`^127\\.0\\.0\\.1:${server.port}: .*\n$`));
  });
});

describe("client.wasm", () => {
  const [{ command }] = CLIENTS;

  it("connects only to granted addresses", async () => {
    await using server = await listen(() => {});
    const { status, error } = await runScript(command(server.port, server.port - 1));
    expect(status).toBe(1);
    const address = `127.0.0.1:${server.port}`;
    expect(error).toBe(
      `${address}: not granted; run this with --connect HOST:PORT\n` +
        `pollux: sock_connect ${address}: not granted (EACCES); --connect ${address} grants it\n`,
    );
  });

  it("prints its expected arguments", async () => {
    const usage = { status: 2, out: "", error: "expected HOST and PORT, for example 127.0.0.1 9999\n" };
    expect(await runScript(command(1).slice(0, -1))).toEqual(usage);
    expect(await runScript([...command(1).slice(0, -1), "x"])).toEqual(usage);
    const named = [...command(1).slice(0, -2), "example.org", "80"];
    expect(await runScript(named)).toMatchObject({
      status: 1,
      error: "example.org:80: expected an IP address, and a port\n",
    });
  });
});

async function listen(serve: (socket: net.Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  const server = net.createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

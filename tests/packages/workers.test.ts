/**
 * examples/workers in workerd, the runtime of Cloudflare's Workers, over loopback TCP; and the library in a Worker. What the
 * servers stand there, tests/runtimes shows.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchange } from "./serving.ts";
import { bundle, Workerd } from "./workerd.ts";

const echo = net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
let echoPort = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  echoPort = (echo.address() as AddressInfo).port;
});
afterAll(() => void echo.close());

const get = async (port: number, query: string) => (await fetch(`http://127.0.0.1:${port}/?${query}`)).text();

describe("examples/workers", () => {
  let worker: Workerd;
  beforeAll(async () => {
    await bundle("examples/workers/worker.js", "dist/examples/worker.js");
    worker = await Workerd.start("examples/workers/config.capnp", ["tcp", "http"]);
  });
  afterAll(() => worker.stop());

  it("echo all data and the end of stream to clients", async () => {
    await Promise.all([20_000, 1_000_000].map((size) => exchange(worker.ports.tcp, size)));
  });

  it("connect to a server by cloudflare:sockets", async () => {
    const printed = await get(worker.ports.http, `host=127.0.0.1&port=${echoPort}`);
    for (const message of ["This is the message. ", "It will be sent ", "in parts."]) {
      expect(printed.split(`received "${message}"`)).toHaveLength(3);
    }
    expect(printed).toMatch(/ended with status 0\n$/);
  });

  it("report a missing server as a refused connection", async () => {
    const closed = net.createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await get(worker.ports.http, `host=127.0.0.1&port=${port}`)).toMatch(
      /nobody listens there\nended with status 1\n$/,
    );
  });
});

/** A selector over as many connections as are asked for, in one request. */
const LIBRARY = `
import { connect } from "cloudflare:sockets";
import { Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";
import { WebDriver } from "pollux/host/web";
import module from "pollux/wasm/core.wasm";

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const core = await Core.open({ module, driver: new WebDriver({ connect }) });
    const selector = new DefaultSelector(core);
    const buffer = new Uint8Array(1024);
    let answers = "";
    for (let client = 0; client < Number(searchParams.get("clients")); client++) {
      selector.register(Socket.connect(core, "127.0.0.1:" + searchParams.get("port")), EVENT_WRITE, client);
    }
    while (selector.getMap().size > 0) {
      for (const [{ fileobj, data }, mask] of await selector.select()) {
        if (mask === EVENT_WRITE) {
          fileobj.send(new TextEncoder().encode("[" + data + "]"));
          selector.modify(fileobj, EVENT_READ);
          continue;
        }
        answers += new TextDecoder().decode(buffer.subarray(0, fileobj.recv(buffer)));
        selector.unregister(fileobj);
        fileobj.close();
      }
    }
    core.dispose();
    return new Response(answers);
  },
};
`;
const CONFIG = (script: string, wasm: string) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "${script}"), (name = "pollux/wasm/core.wasm", wasm = embed "${wasm}")],
  compatibilityDate = "2026-11-01",
);
`;

it("the library connects from a Worker, and waits with a selector", async () => {
  const folder = path.resolve("dist/tests/workers");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "library.js"), LIBRARY);
  writeFileSync(path.join(folder, "config.capnp"), CONFIG("worker.js", "../../core.wasm"));
  await bundle(path.join(folder, "library.js"), path.join(folder, "worker.js"));
  const worker = await Workerd.start(path.join(folder, "config.capnp"), ["http"]);
  try {
    const answers = await get(worker.ports.http, `port=${echoPort}&clients=20`);
    expect(answers.match(/\[\d+\]/g)?.sort()).toEqual(Array.from({ length: 20 }, (_, client) => `[${client}]`).sort());
  } finally {
    await worker.stop();
  }
});

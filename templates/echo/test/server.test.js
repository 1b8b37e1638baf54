/** Runs the server in this process, with several clients over real sockets. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import net from "node:net";
import { after, before, test } from "node:test";
import { run } from "pollux/host";

const stop = new AbortController();
let port = 0;

before(async () => {
  const module = await WebAssembly.compile(await readFile("build/server.wasm"));
  await new Promise((resolve, reject) => {
    const onListening = ([address]) => {
      port = address.port;
      resolve();
    };
    // Rejects with the signal's reason if it is aborted.
    run(module, { listen: ["127.0.0.1:0"], onListening, signal: stop.signal }).then(reject, reject);
  });
});

after(() => stop.abort());

/** Sends `bytes` and resolves to the answer, up to the end of the stream. */
async function exchange(bytes) {
  const socket = net.connect({ port, allowHalfOpen: true });
  await once(socket, "connect");
  socket.end(bytes);
  return Buffer.concat(await socket.toArray());
}

test("20 clients get all their bytes back", async () => {
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const bytes = randomBytes(200_000);
      assert.deepEqual(await exchange(bytes), bytes);
    }),
  );
});

test("a client that sends nothing gets nothing", async () => {
  assert.deepEqual(await exchange(Buffer.alloc(0)), Buffer.alloc(0));
});

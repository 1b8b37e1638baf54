/** The net driver's thread, which parks after it has woken the guest (wasi-host/drivers/net/io-thread.ts). */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { IN, OUT } from "../../wasi-host/abi/readiness.ts";
import { openNet } from "../../wasi-host/drivers/net/index.ts";
import { Rig } from "./driver-rig.ts";

/** Echoes, and counts the bytes that it has received. */
const PEER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const received = new Int32Array(workerData);
  const server = require("node:net").createServer({ noDelay: true }, (socket) => {
    socket.on("data", (bytes) => {
      Atomics.add(received, 0, bytes.length);
      socket.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;
const ROUNDS = 100;
const PATIENCE_MS = 5000;

it("sends bytes while the guest computes, without a further call, however the thread was left", async () => {
  const received = new Int32Array(new SharedArrayBuffer(4));
  const peer = new Worker(PEER, { eval: true, workerData: received.buffer });
  try {
    const [port] = await once(peer, "message");
    using rig = new Rig(await openNet(true));
    const handle = rig.driver.connect({ host: "127.0.0.1", port });
    rig.until(handle, OUT);
    const byte = new Uint8Array(1);
    for (let round = 1; round <= ROUNDS; round++) {
      expect(rig.driver.send(handle, byte, 0, 1)).toBe(1);
      const end = performance.now() + PATIENCE_MS;
      while (Atomics.load(received, 0) < round && performance.now() < end);
      expect(Atomics.load(received, 0)).toBe(round);
      // The thread wakes this one, and parks: the next byte is sent at once.
      rig.until(handle, IN);
      expect(rig.driver.recv(handle, byte, 0, 1, 0)).toBe(1);
    }
  } finally {
    await peer.terminate();
  }
});

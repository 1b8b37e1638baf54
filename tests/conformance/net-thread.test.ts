/** The thread of the net driver wakes the guest's thread, whenever that goes to sleep. The test plays the guest's thread, word by word. */
import { once } from "node:events";
import net from "node:net";
import { setTimeout } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { expect, it } from "vitest";
import { type Start, WAITS } from "../../wasi-host/drivers/net/worker.ts";
import {
  ARGUMENT,
  CLIENT_ASLEEP,
  KIND,
  KIND_LISTENER,
  LOCAL,
  NOTICES_PUT,
  REQUEST_OPEN,
} from "../../wasi-host/drivers/shared-region/layout.ts";
import { SharedRegion } from "../../wasi-host/drivers/shared-region/region.ts";
import { Signals } from "../../wasi-host/drivers/shared-region/signals.ts";
import { startThread, threadFile } from "../../wasi-host/runtime/threads.ts";

/** Milliseconds after which nothing will end a sleep. */
const MOST = 5000;

it("is woken by the next notice, if a wakeup came after it had announced its sleep and before it slept", async () => {
  const region = SharedRegion.create();
  const { port1, port2 } = new MessageChannel();
  const start: Start = { role: "net", memory: region.buffer, port: port2 };
  const thread = startThread(threadFile("net"), start, { transferList: [port2] });
  const sockets: net.Socket[] = [];
  try {
    await once(port1, "message");
    const listener = region.fresh()!;
    listener.set(KIND, KIND_LISTENER);
    listener.set(ARGUMENT, 16);
    listener.setAddress(LOCAL, { host: "127.0.0.1", port: 0 });
    const notices = Signals.notices(region);
    // It has decided to sleep, and is not asleep yet.
    Atomics.store(region.control, CLIENT_ASLEEP, WAITS);
    Signals.requests(region).raise(listener, REQUEST_OPEN);
    port1.postMessage(0);
    while (!notices.pending) await setTimeout(1);
    // The I/O thread wakes the client just after the notice, when the client does not sleep yet.
    await setTimeout(50);
    notices.take(notices.next()!);
    const sleep = Atomics.waitAsync(region.control, NOTICES_PUT, notices.taken, MOST);
    sockets.push(net.connect(listener.address(LOCAL).port, "127.0.0.1"));
    expect(await sleep.value).toBe("ok");
  } finally {
    for (const socket of sockets) socket.destroy();
    port1.close();
    await thread.terminate();
  }
});

/** The effect of the net driver's thread on its process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { inlineModule } from "../script-runtime.ts";

const LIBRARY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** Waits for a connection, and leaves everything open. */
const PROGRAM = `
  import { Core, Epoll, EpollEvents, EPOLL_CTL_ADD, EPOLLIN, Socket } from ${JSON.stringify(LIBRARY)};
  const core = await Core.open({ driver: "net" });
  const listener = Socket.listen(core, "127.0.0.1:0");
  const epoll = new Epoll(core);
  epoll.ctl(EPOLL_CTL_ADD, listener, EPOLLIN);
  console.log(listener.localAddress.port);
  console.log(await epoll.wait(new EpollEvents(core, 1)), "came");
`;

it("a waiting caller keeps the process alive, an undisposed host does not", async () => {
  const [program, ...words] = inlineModule(PROGRAM);
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, "line");
  // Time for a process that nothing keeps alive to end: it would refuse the connection.
  const gone = await Promise.race([once(child, "exit"), new Promise((resolve) => setTimeout(resolve, 300))]);
  expect(gone).toBeUndefined();
  const client = net.connect(Number(port), "127.0.0.1").on("error", () => {});
  expect(await once(lines, "line")).toEqual(["1 came"]);
  expect(await once(child, "exit")).toEqual([0, null]);
  client.destroy();
});

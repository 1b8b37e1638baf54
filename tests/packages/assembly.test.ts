/** A program in AssemblyScript, compiled in the consumer's project against pollux/assembly, serves under the package's command. */
import { execFile, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, inject, it } from "vitest";
import { announced, exchange } from "./serving.ts";

const run = promisify(execFile);
const consumer = inject("consumer");
const ASC = path.resolve("node_modules/assemblyscript/bin/asc.js");

const SERVER = `
import { accept, close, create, ctl, EPOLL_CTL_ADD, EPOLL_EVENT_FD, EPOLL_EVENT_SIZE, EPOLLIN, inherited, recv, send, wait } from "pollux/assembly";

export function _start(): void {
  const listener = inherited(0);
  const epoll = create();
  const events = heap.alloc(8 * EPOLL_EVENT_SIZE);
  const buffer = heap.alloc(4096);
  ctl(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, 0);
  while (true) {
    const count = wait(epoll, events, 8, -1);
    for (let index = 0; index < count; index++) {
      const fd = load<i32>(events + index * EPOLL_EVENT_SIZE, EPOLL_EVENT_FD);
      if (fd == listener) ctl(epoll, EPOLL_CTL_ADD, accept(listener), EPOLLIN, 0);
      else {
        const received = recv(fd, buffer, 4096);
        if (received <= 0) close(fd);
        else send(fd, buffer, received);
      }
    }
  }
}
`;

let server: ReturnType<typeof spawn> | undefined;
afterAll(() => void server?.kill("SIGKILL"));

it("compiles by path, without configuration, and echoes to several clients", async () => {
  writeFileSync(path.join(consumer, "server.ts"), SERVER);
  const options = ["server.ts", "-o", "server.wasm", "--runtime", "minimal", "--use", "abort="];
  await run(process.execPath, [ASC, ...options], { cwd: consumer });
  server = spawn("node_modules/.bin/pollux", ["run", "--listen", "127.0.0.1:0", "server.wasm"], { cwd: consumer });
  const port = await announced(server);
  await Promise.all(Array.from({ length: 8 }, () => exchange(port, 3_000)));
  expect(server.exitCode).toBe(null);
});

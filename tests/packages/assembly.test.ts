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

/** With the package's configuration: top-level code, the standard library, and records by name. */
const POLL_SERVER = `
import { accept, close, EPOLLIN, inherited, PollFds, recv, send } from "pollux/assembly";

const entries = new PollFds();
entries.add(inherited(0), EPOLLIN);
const buffer = new StaticArray<u8>(4096);
console.error("up " + process.argv.length.toString());
while (entries.poll() > 0) {
  for (let index = entries.length - 1; index >= 0; index--) {
    if (entries.revents(index) == 0) continue;
    const fd = entries.fd(index);
    if (index == 0) {
      entries.add(accept(fd), EPOLLIN);
      continue;
    }
    const received = recv(fd, changetype<usize>(buffer), buffer.length);
    if (received > 0) {
      send(fd, changetype<usize>(buffer), received);
      continue;
    }
    close(fd);
    entries.set(index, -1, 0);
  }
}
`;

const servers: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  for (const server of servers) server.kill("SIGKILL");
});

it.each([
  ["by path, without configuration", "server", SERVER, ["--runtime", "minimal", "--use", "abort="], undefined],
  ["with the package's configuration", "poll-server", POLL_SERVER, [], "./node_modules/pollux/assembly/asconfig.json"],
])("compiles %s, and echoes to several clients", async (_how, name, source, options, configuration) => {
  writeFileSync(path.join(consumer, `${name}.ts`), source);
  writeFileSync(path.join(consumer, `${name}.json`), JSON.stringify({ extends: configuration }));
  const files = [`${name}.ts`, "-o", `${name}.wasm`, "--config", `${name}.json`];
  await run(process.execPath, [ASC, ...files, ...options], { cwd: consumer });
  const server = spawn("node_modules/.bin/pollux", ["run", "--listen", "127.0.0.1:0", `${name}.wasm`], {
    cwd: consumer,
  });
  servers.push(server);
  const port = await announced(server);
  await Promise.all(Array.from({ length: 8 }, () => exchange(port, 3_000)));
  expect(server.exitCode).toBe(null);
});

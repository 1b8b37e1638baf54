/** A guest sleeps only in poll_oneoff, whatever it waits for. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { Client } from "./client.ts";
import { Messages } from "./messages.ts";
import { CLI, type Kind, path, Server } from "./server.ts";

const RUNNER = path("../../dist/tests/poll-sleeps-runner.js");
const wasm = (program: string) => path(`../../dist/programs/${program}.wasm`);

const PROGRAMS = [
  "echo-select",
  "echo-poll",
  "echo-epoll --level",
  "echo-epoll --edge",
  "echo-selectors",
  "upper-select",
];

/** `runner`: the command before the module; `separator`: between the module and its own options. */
function kind(program: string, runner: string[], separator: string[] = []): Kind {
  const [name, ...args] = program.split(" ");
  return {
    name: program,
    source: "edges",
    command: (address) => [...runner, "--listen", address, wasm(name), ...(args.length > 0 ? separator : []), ...args],
  };
}

const pollSleeps = (program: string) => kind(program, [RUNNER], ["--"]);

it.each(PROGRAMS)("%s serves on a host whose other calls never sleep", async (program) => {
  await using server = await Server.start(pollSleeps(program), { quiet: false });
  const clients = await Client.connectMany(server.port, 20);
  const upper = program === "upper-select";
  const messages = new Messages();
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      clients.map(async (client) => {
        const message = Buffer.from(Buffer.from(messages.exactly(100 * 1000 ** (round % 2))).toString("hex"));
        await client.send(message);
        const expected = upper ? Buffer.from(message.toString().toUpperCase()) : message;
        expect(Buffer.compare(await client.receive(expected.length), expected)).toBe(0);
      }),
    );
  }
  await Promise.all(clients.map((client) => client.part()));
  expect(server.error).not.toContain("would sleep");
});

it("the client talks on a host whose other calls never sleep", async () => {
  await using server = await Server.start(pollSleeps("echo-select"), { quiet: false });
  const address = ["127.0.0.1", String(server.port)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    ...[RUNNER, "--connect", address.join(":"), wasm("client"), ...address],
  ]);
  expect(stderr).not.toContain("would sleep");
  expect(stdout).toContain("in parts.");
});

it.each(PROGRAMS)("the trace of an idle %s ends in a pending poll_oneoff", async (program) => {
  await using server = await Server.start(kind(program, [CLI, "run", "--trace"]), { quiet: false });
  const client = await Client.connect(server.port);
  await client.send(Buffer.from("x"));
  await client.receive(1);
  const last = () => server.error.slice(server.error.lastIndexOf("\n") + 1);
  while (!/^poll_oneoff\([^=]*=\[.*\]\)$/.test(last())) await once(server.child.stderr, "data");
  expect(last()).toContain("fd_read");
  await client.part();
});

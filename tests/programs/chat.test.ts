/** The chats of the examples, in the style of Python's selectors: over real sockets, with all faults of clients. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { crowd, DESCRIPTORS } from "./crowd.ts";
import { CLI, type Kind, path, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const SOURCE = path("../../examples/chat/server.mjs");
const WASM = path("../../dist/examples/chat.wasm");
/** The same on the library, on the loop, and as a WASI program. */
const CHATS: readonly (Kind & { file: string })[] = [
  { name: "server.mjs", file: SOURCE, source: "edges", command: (address) => [SOURCE, address] },
  {
    name: "loop/chat.mts",
    file: path("../../examples/loop/chat.mts"),
    source: "edges",
    command: (address) => [path("../../dist/tests/examples/chat.js"), address],
  },
  {
    name: "loop/chat.ts",
    file: path("../../examples/loop/chat.ts"),
    source: "edges",
    command: (address) => [CLI, "run", "--listen", address, path("../../dist/examples/loop/chat.wasm")],
  },
  {
    name: "server.ts",
    file: path("../../examples/chat/server.ts"),
    source: "edges",
    command: (address) => [CLI, "run", "--listen", address, WASM],
  },
];
/** As in the sources: maximum length of a line, and of the data queued for one member. */
const LIMIT = 1 << 20;

/** Connected and known to the server, which must accept a client first. */
async function enter(server: Server, count: number): Promise<Client[]> {
  const before = server.connections;
  const clients = await Client.connectMany(server.port, count);
  await until(() => server.connections === before + count);
  return clients;
}

/** The next line, which must be this. */
async function expectHears(clients: Client[], text: string): Promise<void> {
  for (const client of clients) expect((await client.receive(Buffer.byteLength(text))).toString()).toBe(text);
}

it("uses only library calls that README.md and docs/library.md show", () => {
  const source = readFileSync(SOURCE, "utf8")
    .replaceAll(/\/\*.*?\*\//gs, "")
    .replaceAll(/\/\/.*/g, "");
  const documents = readFileSync("README.md", "utf8") + readFileSync("docs/library.md", "utf8");
  const [, imported] = /import \{(.*?)\} from "pollux"/s.exec(source)!;
  const names = imported.split(",").map((name) => name.trim());
  const used = [...source.matchAll(/\b(?:core|Core|selector|socket|Socket|listener)\??\.(\w+)/g)].map(
    ([, name]) => name,
  );
  expect(names.length + used.length).toBeGreaterThan(15);
  for (const name of [...names, ...used]) expect(documents, name).toMatch(new RegExp(`\\b${name}\\b`));
});

describe.each(CHATS)("$name", (kind) => {
  it("has under 40 lines without comments", () => {
    const lines = readFileSync(kind.file, "utf8").split("\n");
    expect(lines.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length).toBeLessThan(40);
  });

  it("sends a member's lines to all others and not back", async () => {
    await using server = await Server.start(kind);
    const clients = await enter(server, 5);
    for (const [index, speaker] of clients.entries()) {
      const text = `${index} says hello\n`;
      await speaker.send(text);
      await expectHears(
        clients.filter((client) => client !== speaker),
        text,
      );
    }
    for (const client of clients) expect(client.held).toBe(0);
  });

  it("joins the pieces of a line, and sends several lines in order", async () => {
    await using server = await Server.start(kind);
    const [speaker, other, third] = await enter(server, 3);
    const line = Buffer.from("grüß euch\n");
    // The message of the other client arrives in the middle of a character, between lines.
    for (const byte of line.subarray(0, -1)) {
      await speaker.send(Uint8Array.of(byte));
      await other.send(".\n");
      await expectHears([third], ".\n");
    }
    await speaker.send("\none\ntwo\nthr");
    await expectHears([other, third], "grüß euch\none\ntwo\n");
    await speaker.send("ee\n");
    await expectHears([other, third], "three\n");
  });

  it("removes a member that resets, leaves, or ends in the middle of a line, and serves the others", async () => {
    await using server = await Server.start(kind);
    const [one, other] = await enter(server, 2);
    const ways = [
      (client: Client) => client.reset(),
      (client: Client) => client.leave(),
      (client: Client) => client.part(),
      (client: Client) => client.send("half a li").then(() => client.reset()),
      (client: Client) => client.send("half a li").then(() => client.part()),
    ];
    for (const way of ways) {
      const [client] = await enter(server, 1);
      await way(client);
      await one.send("still here\n");
      await expectHears([other], "still here\n");
      await until(() => server.connections === 2);
    }
  });

  it("survives many members that leave at once with unsent data", async () => {
    await using server = await Server.start(kind);
    const [one, other] = await enter(server, 2);
    const crowd = await enter(server, 50);
    await one.send(`${"x".repeat(100_000)}\n`);
    await Promise.all(crowd.map((client, index) => (index % 2 === 0 ? client.reset() : client.leave())));
    await until(() => server.connections === 2);
    await other.receive(100_001);
    await other.send("alone\n");
    await expectHears([one], "alone\n");
  });

  it("sends everything to a slow reader without delaying others", async () => {
    await using server = await Server.start(kind);
    const [speaker, other] = await enter(server, 2);
    const slow = await Client.connect(server.port, { reads: false });
    await until(() => server.connections === 3);
    const lines = Array.from({ length: 50 }, (_, index) => `${index}: ${"x".repeat(10_000)}\n`);
    for (const line of lines) {
      await speaker.send(line);
      await expectHears([other], line);
    }
    slow.read();
    await expectHears([slow], lines.join(""));
  });

  it("drops a member that never reads or never ends a line; the others miss nothing", async () => {
    await using server = await Server.start(kind);
    const [speaker, other] = await enter(server, 2);
    const deaf = await Client.connect(server.port, { reads: false });
    await until(() => server.connections === 3);
    const line = `${"x".repeat(100_000)}\n`;
    while (server.connections === 3) {
      await speaker.send(line);
      await expectHears([other], line);
    }
    const endless = await Client.connect(server.port);
    endless.socket.write("x".repeat(4 * LIMIT));
    await endless.closed;
    await until(() => server.connections === 2);
    await other.send("back to us\n");
    await expectHears([speaker], "back to us\n");
    await deaf.leave();
  });

  it("without free descriptors, serves its members, and waiting clients after others leave", async () => {
    await using server = await Server.start(kind, { descriptors: DESCRIPTORS });
    const { served, waiting } = await crowd(server);
    const [speaker, ...others] = served;
    await speaker.send("full\n");
    await expectHears(others, "full\n");
    await others[0].part();
    await until(() => server.connections === served.length);
    await speaker.send("one more\n");
    await expectHears([...others.slice(1), waiting[0]], "one more\n");
  });
});

/** The programs of examples/plain: they print what the original programs in Python print, and are as short. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { dialogues, ECHOES, MESSAGES, runScript, UPPER_MESSAGES, UPPERS } from "./original-programs.ts";
import { HAS_PYTHON, runPeer, servePeer } from "./peers/python.ts";
import { CLI, type Kind, path, Server } from "./server.ts";

vi.setConfig({ testTimeout: 30_000 });

const wasm = (name: string) => path(`../../dist/examples/plain/${name}.wasm`);
const plain = (name: string): Kind => ({
  name,
  source: "edges",
  command: (address) => [CLI, "run", "--listen", address, wasm(name)],
});

/** The original's line in our words: descriptors as numbers, and text without the marks of Python's bytes. */
type Translation = readonly [original: RegExp, ours: string];
const SOCKET = "<socket\\.socket fd=(\\d+)[^>]*>";
const PROGRAMS: readonly { name: string; original: string; translations: Translation[]; upper: boolean }[] = [
  {
    name: "echo-select",
    original: "original-select-server.py",
    translations: [
      [/, (?=<)/g, ","],
      [new RegExp(SOCKET, "g"), "$1"],
      [/^来了一个新连接 .*$/, "a new connection: N"],
      [/^recv: {2}b'(.*)'$/, "recv: $1"],
    ],
    upper: false,
  },
  {
    name: "upper-select",
    original: "original-upper-server.py",
    translations: [
      [/^waiting for next event\.\.\.\.$/, "waiting for the next event"],
      [/^收到来自(\[.*\])发过来的数据:b'(.*)'$/, "received from $1: $2"],
      [/^sending msg to (\[.*\]) b'(.*)'$/, "sending to $1: $2"],
      [/^client (\[.*\]) queue is empty\.\.$/, "client $1: the queue is empty"],
    ],
    upper: true,
  },
  {
    name: "echo-selectors",
    original: "original-selectors-server.py",
    translations: [
      [new RegExp(`^accepted ${SOCKET} from .*$`), "accepted N from ADDRESS"],
      [new RegExp(`^echoing b'(.*)' to ${SOCKET}$`), "echoing $1 to N"],
    ],
    upper: false,
  },
];

/** What differs between two runs: ports, and numbers of descriptors where the original has a selector's too. */
const neutral = (line: string) =>
  line
    .replace(/^a new connection: \d+$/, "a new connection: N")
    .replace(/^accepted \d+ from .*$/, "accepted N from ADDRESS")
    .replace(/^(echoing .* to) \d+$/, "$1 N")
    .replace(/\[127\.0\.0\.1:\d+\]/, "[127.0.0.1]");

/** Two clients, one after the other, so that each run has the same rounds. Stays connected. */
async function converse(port: number, upper: boolean, printed: () => string): Promise<Client[]> {
  const clients: Client[] = [];
  for (let number = 1; number <= 2; number++) {
    clients.push(await Client.connect(port));
    const greeting = upper ? /waiting .*\n/g : /(new connection|新连接|accepted).*\n/g;
    await until(() => (printed().match(greeting) ?? []).length > (upper ? number : number - 1));
  }
  for (const message of MESSAGES) {
    for (const client of clients) {
      const before = printed().length;
      await client.send(message);
      const answer = upper ? message.toUpperCase() : message;
      expect((await client.receive(message.length)).toString()).toBe(answer);
      // The round after the answer has begun.
      if (upper) await until(() => / empty.*\n.*\n$/.test(printed().slice(before)));
    }
  }
  return clients;
}

const linesOf = (text: string) => text.replace(/\n$/, "").split("\n");

describe.each(PROGRAMS)("the plain $name", ({ name, original, translations, upper }) => {
  it.skipIf(!HAS_PYTHON)("prints the same lines as the original in Python", async () => {
    await using theirs = await servePeer(original);
    await converse(theirs.port, upper, theirs.out);
    const expected = linesOf(theirs.out()).map((line) =>
      translations.reduce((text, [pattern, ours]) => text.replace(pattern, ours), line),
    );
    await using server = await Server.start(plain(name), { quiet: false });
    await converse(server.port, upper, () => server.out);
    expect(linesOf(server.out).map(neutral)).toEqual(expected);
  });

  it("goes on when clients have left", async () => {
    await using server = await Server.start(plain(name), { quiet: false });
    for (let round = 0; round < 3; round++) {
      const clients = await Client.connectMany(server.port, 3);
      for (const client of clients) await client.roundTrip("1234");
      for (const client of clients) await client.part();
      await until(() => server.connections === 0);
    }
  });

  it("is as short as the original: as many lines that are more than a brace, at most", () => {
    const codeOf = (text: string) => linesOf(text).filter((line) => !/^\s*(\/\/.*|\/?\*.*|#.*|[})\];]*)$/.test(line));
    const ours = codeOf(readFileSync(path(`../../examples/plain/${name}.ts`), "utf8"));
    const theirs = codeOf(readFileSync(path(`peers/${original}`), "utf8").replace(/^"""[\s\S]*?"""\n/, ""));
    expect(ours.length).toBeLessThanOrEqual(theirs.length);
  });
});

describe("the plain select server", () => {
  it("prints its three lists in every round", async () => {
    await using server = await Server.start(plain("echo-select"), { quiet: false });
    const client = await Client.connect(server.port);
    await server.printed(/a new connection: 4\n/);
    await client.send("hello");
    expect((await client.receive(5)).toString()).toBe("hello");
    await client.part();
    await server.printed(/recv: \n/);
    expect(linesOf(server.out)).toEqual([
      ...["[3] [] []", "a new connection: 4"],
      ...["[4] [] []", "recv: hello"],
      "[] [4] []",
      ...["[4] [] []", "recv: "],
    ]);
  });
});

describe("the plain client", () => {
  const client = (port: number) => [
    CLI,
    "run",
    "--connect",
    `127.0.0.1:${port}`,
    wasm("client"),
    "127.0.0.1",
    `${port}`,
  ];
  const complete = (answers: string[]) => new Array(2).fill({ sent: MESSAGES, received: answers });

  it.each([
    { kind: ECHOES[0], answers: MESSAGES },
    { kind: plain("echo-select"), answers: MESSAGES },
    { kind: plain("echo-selectors"), answers: MESSAGES },
    { kind: UPPERS[0], answers: UPPER_MESSAGES },
    { kind: plain("upper-select"), answers: UPPER_MESSAGES },
  ])("gets all answers of $kind.name", async ({ kind, answers }) => {
    await using server = await Server.start(kind, { quiet: false });
    const { status, out, error } = await runScript(client(server.port));
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expect(dialogues(out)).toEqual(complete(answers));
  });

  it.skipIf(!HAS_PYTHON)("prints the same lines as the original in Python", async () => {
    await using server = await Server.start(ECHOES[0]);
    const ours = (await runScript(client(server.port))).out;
    const theirs = await runPeer("original-client.py", server.port);
    /** Without the addresses. */
    const words = (text: string) => linesOf(text).map((line) => line.replace(/^.*?: (?=sending|received)/, ""));
    expect(words(ours)).toEqual(words(theirs));
  });

  it("aborts if the connection is refused", async () => {
    const server = await Server.start(ECHOES[0]);
    await server[Symbol.asyncDispose]();
    const { status, error } = await runScript(client(server.port));
    expect(status).toBe(134);
    expect(error).toContain("the connection is refused");
  });
});

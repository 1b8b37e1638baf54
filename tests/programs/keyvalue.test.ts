/** The store of examples/keyvalue, with every fault that clients can have. tests/real compares its answers with redis-server's. */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { Client, until } from "./client.ts";
import { RedisClient, request } from "./redis-client.ts";
import { CLI, type Kind, path, Server } from "./server.ts";

vi.setConfig({ testTimeout: 20_000 });

const MODULE = "dist/examples/keyvalue.wasm";
const MIB = 1 << 20;

const keyvalue = (driver: string, ...args: string[]): Kind => ({
  name: `keyvalue, ${driver}`,
  source: "edges",
  command: (address) => [CLI, "run", "--driver", driver, "--listen", address, path(`../../${MODULE}`), ...args],
});
const start = (driver: string, ...args: string[]) => Server.start(keyvalue(driver, ...args), { quiet: false });

/** Sends bytes and the end of this side, and returns all that comes back. */
async function answerTo(port: number, bytes: string | Buffer): Promise<string> {
  const client = await Client.connect(port);
  client.end(Buffer.from(bytes));
  const back = await client.rest();
  await client.leave();
  return back.toString("latin1");
}

it("is listed with the examples, with the command that runs it", async () => {
  const readme = readFileSync("examples/README.md", "utf8");
  expect(readme).toContain("| [keyvalue/main.ts](keyvalue/main.ts)");
  const [, command] = /^node (dist\/cli\.cjs run --listen \S+ dist\/examples\/keyvalue\.wasm.*?) *#/m.exec(readme)!;
  const words = command.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:0").split(" ");
  await using server = await Server.start({ name: "README", source: "edges", command: () => words }, { quiet: false });
  const client = await RedisClient.connect(server.port);
  expect(await client.ask("PING")).toBe("PONG");
});

describe.each(["posix", "net"])("on the %s driver, the store", (driver) => {
  it("answers requests that come byte by byte, and many in one piece", async () => {
    await using server = await start(driver);
    const binary = Buffer.from([0, 13, 10, 255, 42, 36]);
    const bytes = Buffer.concat([
      request("SET", "k", binary),
      Buffer.from("INCR n\r\n  \nincr n\n"),
      request("GET", "k"),
      request("LPUSH", "l", "", "b"),
      request("LRANGE", "l", "0", "-1"),
    ]);
    const answer = `+OK\r\n:1\r\n:2\r\n$6\r\n${binary.toString("latin1")}\r\n:2\r\n*2\r\n$1\r\nb\r\n$0\r\n\r\n`;
    const slow = await Client.connect(server.port);
    for (const byte of bytes) await slow.send(Uint8Array.of(byte));
    expect((await slow.receive(answer.length)).toString("latin1")).toBe(answer);
    await (await RedisClient.connect(server.port)).ask("FLUSHALL");
    expect(await answerTo(server.port, bytes)).toBe(answer);
  });

  it("answers all of a pipeline of 100,000 commands that is sent before an answer is read", async () => {
    await using server = await start(driver);
    const client = await Client.connect(server.port);
    client.hold();
    const numbers = Array.from({ length: 100_000 }, (_, index) => String(index));
    await client.send(Buffer.concat(numbers.flatMap((number) => [request("ECHO", number)])));
    client.read();
    const expected = Buffer.from(numbers.map((number) => `$${number.length}\r\n${number}\r\n`).join(""));
    expect((await client.receive(expected.length)).equals(expected)).toBe(true);
    client.end(request("QUIT"));
    expect((await client.rest()).toString()).toBe("+OK\r\n");
  });

  it("holds back the requests of a client that does not read, in bounded memory, and loses none", async () => {
    await using server = await start(driver);
    const other = await RedisClient.connect(server.port);
    await other.ask("SET", "large", Buffer.alloc(MIB, "x"));
    const deaf = await Client.connect(server.port, { reads: false });
    deaf.socket.write(Buffer.concat(Array.from({ length: 100 }, () => request("GET", "large"))));
    while ((await other.info("mem_clients_normal")) < 8 * MIB) await setTimeout(5);
    await other.ask("PING");
    expect(await other.info("mem_clients_normal")).toBeLessThan(32 * MIB);
    deaf.read();
    const part = Buffer.concat([Buffer.from(`$${MIB}\r\n`), Buffer.alloc(MIB, "x"), Buffer.from("\r\n")]);
    for (let count = 0; count < 100; count++) expect((await deaf.receive(part.length)).equals(part)).toBe(true);
    while ((await other.info("mem_clients_normal")) > MIB) await setTimeout(5);
  });

  it("closes a subscriber that does not read; the others hear everything", async () => {
    await using server = await start(driver);
    const deaf = await Client.connect(server.port, { reads: false });
    deaf.socket.write(request("SUBSCRIBE", "news"));
    const subscriber = await RedisClient.connect(server.port);
    expect(await subscriber.ask("SUBSCRIBE", "news")).toBe("subscribe\nnews\n1");
    const publisher = await RedisClient.connect(server.port);
    while ((await publisher.ask("PUBLISH", "news", "begin")) !== "2") await subscriber.reply();
    await subscriber.reply();
    const message = "x".repeat(100_000);
    let sent = 0;
    for (let receivers = "2"; receivers === "2"; sent++) {
      receivers = await publisher.ask("PUBLISH", "news", message);
      expect(await subscriber.reply()).toBe(`message\nnews\n${message}`);
      expect(await publisher.info("mem_clients_normal")).toBeLessThan(20 * MIB);
    }
    expect(sent).toBeGreaterThan(80);
    expect(await publisher.info("connected_clients")).toBe(2);
    expect(await publisher.info("mem_clients_normal")).toBeLessThan(MIB);
    await deaf.leave();
  });

  it("says what is wrong with a request that is too long, and ends the connection", async () => {
    await using server = await start(driver);
    const { port } = server;
    expect(await answerTo(port, "x".repeat(200_000))).toBe("-ERR Protocol error: too big inline request\r\n");
    const digits = "1".repeat(200_000);
    expect(await answerTo(port, `*${digits}`)).toBe("-ERR Protocol error: too big mbulk count string\r\n");
    expect(await answerTo(port, `*1\r\n$${digits}`)).toBe("-ERR Protocol error: too big bulk count string\r\n");
    expect(await answerTo(port, "*1\r\n$67108865\r\n")).toBe("-ERR Protocol error: invalid bulk length\r\n");
    const many = request("MSET", ...Array.from({ length: 80 }, () => Buffer.alloc(MIB)));
    expect(await answerTo(port, many)).toBe("-ERR request exceeds client-query-buffer-limit\r\n");
    expect(await answerTo(port, "*2147483647\r\n$1\r\nx\r\n")).toBe("");
    expect(await answerTo(port, "PING\r\n")).toBe("+PONG\r\n");
    const client = await RedisClient.connect(port);
    expect(await client.info("mem_clients_normal")).toBeLessThan(MIB);
  });

  it("gives up a reply that is too long, and goes on", async () => {
    await using server = await start(driver);
    const client = await RedisClient.connect(server.port);
    await client.ask("SET", "large", Buffer.alloc(MIB));
    const keys = Array.from({ length: 100 }, () => "large");
    expect(await client.ask("MGET", ...keys)).toBe("ERR reply exceeds client-output-buffer-limit");
    expect(await client.ask("PING")).toBe("PONG");
  });

  it("refuses to grow above its limit, and serves on", async () => {
    await using server = await start(driver, "--maxmemory", "1000000");
    const client = await RedisClient.connect(server.port);
    const oom = "OOM command not allowed when used memory > 'maxmemory'.";
    let count = 0;
    while ((await client.ask("SET", `key:${count}`, Buffer.alloc(10_000))) === "OK") count++;
    expect(count).toBeGreaterThan(90);
    expect(count).toBeLessThan(101);
    expect(await client.info("used_memory_dataset")).toBeLessThan(1_020_000);
    for (const words of [
      ["LPUSH", "l", "x"],
      ["INCR", "n"],
      ["MSET", "a", "b"],
      ["SETEX", "a", "9", "b"],
    ])
      expect(await client.ask(...words)).toBe(oom);
    expect((await client.ask("GET", "key:0")).length).toBe(10_000);
    expect(await client.ask("DEL", "key:0")).toBe("1");
    expect(await client.ask("SET", "small", "x")).toBe("OK");
  });

  it("frees the memory of deleted, overwritten and expired entries by itself", async () => {
    await using server = await start(driver);
    const client = await RedisClient.connect(server.port);
    const before = await client.info("used_memory_dataset");
    const fill = async (...options: string[]) => {
      const commands = Array.from({ length: 10_000 }, (_, index) =>
        request("SET", `key:${index}`, `${index}`, ...options),
      );
      const list = Array.from({ length: 1000 }, (_, index) => request("RPUSH", "list", "x".repeat(index)));
      await client.client.send(Buffer.concat([...commands, ...list]));
      for (let count = 0; count < commands.length; count++) expect(await client.reply()).toBe("OK");
      for (let count = 1; count <= list.length; count++) expect(await client.reply()).toBe(String(count));
    };
    await fill();
    expect(await client.info("used_memory_dataset")).toBeGreaterThan(before + 1_000_000);
    for (let index = 0; index < 10_000; index += 97) expect(await client.ask("GET", `key:${index}`)).toBe(`${index}`);
    await client.ask("SET", "list", "short");
    expect(await client.info("used_memory_dataset")).toBeLessThan(before + 1_500_000);
    await client.ask("FLUSHALL");
    expect(await client.info("used_memory_dataset")).toBe(before);
    await fill("PX", "300");
    expect(await client.ask("DEL", "list")).toBe("1");
    while ((await client.ask("DBSIZE")) !== "0") await setTimeout(20);
    expect(await client.info("expired_keys")).toBe(10_000);
  });

  it("survives clients that reset and leave in the middle of requests and of messages", async () => {
    await using server = await start(driver);
    const publisher = await RedisClient.connect(server.port);
    const ways = [
      (client: Client) => client.reset(),
      (client: Client) => client.leave(),
      (client: Client) => client.part(),
    ];
    for (const way of ways) {
      const half = await Client.connect(server.port);
      await half.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf");
      const subscriber = await RedisClient.connect(server.port);
      await subscriber.ask("SUBSCRIBE", "news");
      await subscriber.ask("PSUBSCRIBE", "n*");
      expect(await publisher.ask("PUBLISH", "news", "x")).toBe("2");
      for (let count = 0; count < 2; count++) await subscriber.reply();
      await way(half);
      await way(subscriber.client);
      await until(() => server.connections === 1);
      expect(await publisher.ask("PUBLISH", "news", "x")).toBe("0");
    }
    expect(await publisher.ask("GET", "k")).toBe("(nil)");
    expect(await publisher.info("connected_clients")).toBe(1);
    expect(await publisher.info("pubsub_patterns")).toBe(0);
    expect(await publisher.info("mem_clients_normal")).toBeLessThan(50_000);
  });
});

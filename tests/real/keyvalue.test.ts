/** The store of examples/keyvalue beside redis-server: redis-cli and redis-benchmark are the clients of both. */
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../guests/guest.ts";
import { Client } from "../programs/client.ts";
import { SEED } from "../programs/messages.ts";
import { CLI, type Kind, path, Server } from "../programs/server.ts";
import { client, missingPrograms } from "./real-program.ts";
import { randomRequests } from "./redis-random.ts";
import { RedisServer } from "./redis-server.ts";
import { RAW, SESSION } from "./redis-session.ts";

const missing = missingPrograms(["redis-server", "redis-cli", "redis-benchmark"]);
const REQUESTS = 20_000;

const keyvalue = (driver: string): Kind => ({
  name: `keyvalue, ${driver}`,
  source: "edges",
  command: (address) => [
    CLI,
    "run",
    "--driver",
    driver,
    "--listen",
    address,
    path("../../dist/examples/keyvalue.wasm"),
  ],
});

/** What redis-cli prints for each of the commands, with the types of replies. */
async function answers(port: number, commands: readonly string[]): Promise<string[]> {
  const lines = commands.flatMap((command, index) => [command, `echo "answer ${index} ends"`]);
  const { out, error } = await client("redis-cli", ["--no-raw", "-p", String(port)], `${lines.join("\n")}\n`);
  expect(error).toBe("");
  return String(out)
    .split(/^"answer \d+ ends"\n/m)
    .map((answer, index) => `${commands[index] ?? ""} → ${answer}`);
}

/** What comes back for bytes and a PING behind them, until the server ends the connection or has answered all of them. */
async function exchange(port: number, text: string): Promise<string> {
  const peer = await Client.connect(port);
  peer.end(Buffer.from(`${text}PING\r\n`, "latin1"));
  const back = await peer.rest();
  await peer.leave();
  return back.toString("latin1");
}

if (missing !== undefined) {
  it("answers as redis-server", ({ skip }) => skip(missing));
} else {
  describe.each(["posix", "net"])("beside redis-server, on the %s driver", (driver) => {
    it("answers redis-cli's commands word for word", async () => {
      await using redis = await RedisServer.start();
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      expect(SESSION.length).toBeGreaterThan(200);
      const [got, expected] = [await answers(ours.port, SESSION), await answers(redis.port, SESSION)];
      expect(got).toEqual(expected);
    });

    it("answers raw requests byte for byte, also those that are none", async () => {
      await using redis = await RedisServer.start();
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      const ask = async (port: number) => {
        const all: Record<string, string> = {};
        for (const [name, text] of RAW) all[name] = await exchange(port, text);
        return all;
      };
      const [got, expected] = [await ask(ours.port), await ask(redis.port)];
      expect(got).toEqual(expected);
      expect(got["a nested array"]).toBe("-ERR Protocol error: expected '$', got '*'\r\n");
    });

    it("expires keys, and sends messages to subscribers, as it does", async () => {
      await using redis = await RedisServer.start();
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      const first = [
        "set a 1 px 30",
        "set b 1 ex 1",
        "set c 1",
        "pexpire c 30",
        "rpush d 1",
        "pexpire d 30",
        "set e 1",
      ];
      const later = ["get a", "exists a b c d e", "ttl a", "lrange d 0 -1", "set a 2", "ttl a", "dbsize"];
      const both = [ours.port, redis.port];
      const [got, expected] = await Promise.all(
        both.map(async (port) => {
          const subscriber = await Client.connect(port);
          await subscriber.send("SUBSCRIBE news\r\nPSUBSCRIBE n*s x*\r\n");
          await subscriber.receive(33 + 34 + 33); // its three subscriptions
          const set = await answers(port, first);
          await setTimeout(1200);
          const after = await answers(port, [
            ...later,
            "publish news hello",
            "publish nos hello",
            "publish x 1",
            "publish y 1",
          ]);
          subscriber.end(Buffer.from("UNSUBSCRIBE\r\nPUNSUBSCRIBE x*\r\nPING last\r\n"));
          return [...set, ...after, (await subscriber.rest()).toString()];
        }),
      );
      expect(got).toEqual(expected);
      expect(got.join()).toContain("exists a b c d e → (integer) 1");
    });

    it("answers random commands as it does, in random pieces", async () => {
      await using redis = await RedisServer.start();
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      const { requests, pieces } = randomRequests(SEED, 10_000);
      const [got, expected] = await Promise.all(
        [ours.port, redis.port].map(async (port) => {
          const peer = await Client.connect(port);
          for (const piece of pieces) await peer.send(piece);
          const answer = await peer.rest();
          await peer.leave();
          return answer;
        }),
      );
      // The first difference, and not megabytes of both.
      const at = got.findIndex((byte, index) => byte !== expected[index]);
      expect(
        at < 0 ? "" : `${got.subarray(at - 50, at + 50)} for ${expected.subarray(at - 50, at + 50)}`,
        `POLLUX_SEED=${SEED}`,
      ).toBe("");
      expect(got.length, `POLLUX_SEED=${SEED}`).toBe(expected.length);
      expect(got.length).toBeGreaterThan(requests * 4);
    });

    it("serves redis-benchmark's 50 connections, with and without pipelining, without a lost request", async () => {
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      for (const [pipeline, size] of [
        ["1", "3"],
        ["16", "1024"],
      ]) {
        const { out, status } = await client("redis-benchmark", [
          ...["-p", String(ours.port), "-c", "50", "-n", String(REQUESTS), "-P", pipeline, "-d", size],
          ...["-t", "set,get,incr,lpush", "--csv"],
        ]);
        const rates = [...String(out).matchAll(/^"(\w+)","([\d.]+)"/gm)].map(([, name, rate]) => [
          name,
          Number(rate) > 0,
        ]);
        expect([status, Object.fromEntries(rates)]).toEqual([0, { SET: true, GET: true, INCR: true, LPUSH: true }]);
      }
      const counted = await answers(ours.port, ["get counter:__rand_int__", "llen mylist", "strlen key:__rand_int__"]);
      expect(counted.map((answer) => answer.replace(/.* → /, "").trim())).toEqual([
        `"${2 * REQUESTS}"`,
        `(integer) ${2 * REQUESTS}`,
        "(integer) 1024",
        "",
      ]);
    });

    it("takes megabytes from redis-cli, and gives them back", async () => {
      await using ours = await Server.start(keyvalue(driver), { quiet: false });
      const large = bytesOf(7, 5 << 20);
      expect(String((await client("redis-cli", ["-p", String(ours.port), "-x", "set", "large"], large)).out)).toBe(
        "OK\n",
      );
      const { out } = await client("redis-cli", ["-p", String(ours.port), "--raw", "get", "large"]);
      expect(out.subarray(0, -1).equals(large)).toBe(true);
    });
  });
}

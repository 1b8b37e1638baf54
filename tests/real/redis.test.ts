/** tidwall/redcon, driven by redis-cli and redis-benchmark. */
import { expect, it } from "vitest";
import { bytesOf } from "../guests/guest.ts";
import { client, realProgram } from "./real-program.ts";

const REQUESTS = 2000;

realProgram("go/redis", ["redis-cli", "redis-benchmark"], (start) => {
  const cli = (port: number, args: readonly string[], input?: string | Buffer) =>
    client("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...args], input);

  it("answers redis-cli byte for byte, and shuts down on command", async () => {
    const server = start();
    const port = await server.port();
    const commands = [
      ...["ping", "echo 'two words'", "get greeting", "set greeting hello", "get greeting", "incr n", "incr n"],
      ...["del greeting", "del greeting", "incr n", "nothing at all"],
    ];
    const { out, status } = await cli(port, [], commands.map((command) => `${command}\n`).join(""));
    const answers = ["PONG", "two words", "", "OK", "hello", "1", "2", "1", "0", "3"];
    const refusal = "ERR unknown command 'nothing' with 2 arguments";
    expect([status, String(out).trimEnd().split("\n")]).toEqual([0, [...answers, refusal]]);
    const large = bytesOf(7, 3 << 20);
    expect(String((await cli(port, ["-x", "set", "large"], large)).out)).toBe("OK\n");
    const { out: back } = await cli(port, ["--raw", "get", "large"]);
    expect(back.subarray(0, -1).equals(large)).toBe(true);
    await cli(port, ["shutdown"]);
    await server.out();
  });

  it("serves redis-benchmark's 30 connections, with and without pipelining, without a lost request", async () => {
    const server = start();
    const port = await server.port();
    for (const pipeline of ["1", "8"]) {
      const { out, status } = await client("redis-benchmark", [
        ...["-h", "127.0.0.1", "-p", String(port), "-c", "30", "-n", String(REQUESTS), "-P", pipeline],
        ...["-t", "set,get,incr", "--csv"],
      ]);
      const rates = Object.fromEntries(
        [...String(out).matchAll(/^"(\w+)","([\d.]+)"/gm)].map(([, name, rate]) => [name, Number(rate) > 0]),
      );
      expect([status, rates]).toEqual([0, { SET: true, GET: true, INCR: true }]);
    }
    const counted = await cli(
      port,
      [],
      "calls set\ncalls get\ncalls incr\nget counter:__rand_int__\nget key:__rand_int__\n",
    );
    expect(String(counted.out).trimEnd().split("\n")).toEqual([...Array(4).fill(String(2 * REQUESTS)), "VXK"]);
    await cli(port, ["shutdown"]);
    await server.out();
  });
});

/** Datagrams and names of the loop. */
import { describe, expect, it } from "vitest";
import { LookupError, lookup, UdpSocket } from "../../../src/loop/index.ts";
import { COMBINATIONS, DRIVERS, openLoop } from "./loop-rig.ts";

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe.each(DRIVERS)("a datagram socket over %s", (driver) => {
  it("sends and receives whole datagrams, with their sender", async () => {
    using loop = await openLoop({ driver });
    const [one, other] = [await UdpSocket.open("127.0.0.1:0", { loop }), await UdpSocket.open("127.0.0.1:0", { loop })];
    const to = other.localAddress!;
    await one.send("first", to);
    await one.send(new TextEncoder().encode("second"), `127.0.0.1:${to.port}`);
    const [first, second] = [await other.receive(), await other.receive()];
    expect([text(first.data), text(second.data)]).toEqual(["first", "second"]);
    expect(first.from).toEqual(one.localAddress);
    await other.send("answer", first.from);
    expect(text((await one.receive({ timeout: 5000 })).data)).toBe("answer");
    one.close();
    other.close();
    await loop.run();
  });

  it("takes datagrams of 0 and of 65,507 bytes, and refuses longer ones", async () => {
    using loop = await openLoop({ driver });
    const [one, other] = [await UdpSocket.open("127.0.0.1:0", { loop }), await UdpSocket.open("127.0.0.1:0", { loop })];
    const to = other.localAddress!;
    for (const length of [0, 1, 65_507]) {
      await one.send(new Uint8Array(length).fill(7), to);
      const { data } = await other.receive();
      expect(data.length).toBe(length);
      expect(data.every((byte) => byte === 7)).toBe(true);
    }
    await expect(one.send(new Uint8Array(65_508), to)).rejects.toMatchObject({
      code: "EMSGSIZE",
      message: expect.stringContaining("65508"),
    });
  });

  it("is IPv6 as well", async () => {
    using loop = await openLoop({ driver });
    const [one, other] = [await UdpSocket.open("[::1]:0", { loop }), await UdpSocket.open("[::1]:0", { loop })];
    await one.send("six", other.localAddress);
    const { data, from } = await other.receive();
    expect([text(data), from]).toEqual(["six", one.localAddress]);
  });

  it("connects: sends without an address, and hears its peer alone", async () => {
    using loop = await openLoop({ driver });
    const open = () => UdpSocket.open("127.0.0.1:0", { loop });
    const [one, other, stranger] = [await open(), await open(), await open()];
    await expect(one.send("nowhere")).rejects.toMatchObject({ code: "EDESTADDRREQ" });
    await one.connect(other.localAddress!);
    expect(one.peerAddress).toEqual(other.localAddress);
    await stranger.send("unheard", one.localAddress);
    await one.send("hello");
    const { from } = await other.receive();
    await other.send("answer", from);
    expect(text((await one.receive()).data)).toBe("answer");
  });

  it("iterates until it is closed, and rejects what waits with a code", async () => {
    using loop = await openLoop({ driver });
    const [one, other] = [await UdpSocket.open("127.0.0.1:0", { loop }), await UdpSocket.open("127.0.0.1:0", { loop })];
    for (const word of ["a", "b", "c"]) await one.send(word, other.localAddress);
    const heard: string[] = [];
    for await (const { data } of other) {
      heard.push(text(data));
      if (heard.length === 3) other.close();
    }
    expect(heard).toEqual(["a", "b", "c"]);
    await expect(one.receive({ timeout: 2 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    const receiving = expect(one.receive()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    one.close();
    await receiving;
    await expect(one.receive()).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await expect(one.send("x", "127.0.0.1:9")).rejects.toMatchObject({ code: "ERR_DISPOSED" });
    await expect(UdpSocket.open("nonsense", { loop })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_VALUE" });
  });
});

describe.each(COMBINATIONS)("a datagram handler over $driver, $wait", ({ driver, run }) => {
  it("is called with each datagram", async () => {
    using loop = await openLoop({ driver });
    const [one, other] = [await UdpSocket.open("127.0.0.1:0", { loop }), await UdpSocket.open("127.0.0.1:0", { loop })];
    const heard: string[] = [];
    other.handle((data, from) => {
      expect(from).toEqual(one.localAddress);
      if (heard.push(text(data)) < 3) return;
      one.close();
      other.close();
    });
    for (const word of ["a", "b", "c"]) await one.send(word, other.localAddress);
    await run(loop);
    expect([heard, loop.errors]).toEqual([["a", "b", "c"], []]);
  });
});

describe("lookup", () => {
  it("finds the addresses of a name, and an address is its own", async () => {
    using loop = await openLoop({ driver: "simulated" });
    expect(await lookup("127.0.0.1", { loop })).toEqual(["127.0.0.1"]);
    expect(await lookup("::1", { loop })).toEqual(["::1"]);
    const found = await lookup("localhost", { loop });
    expect(found.length).toBeGreaterThan(0);
    for (const address of found) expect(["127.0.0.1", "::1"]).toContain(address);
    await loop.run();
  });

  it("rejects a name that does not resolve, with a code and the name", async () => {
    using loop = await openLoop({ driver: "simulated" });
    // RFC 6761: it never does.
    const error: LookupError = await lookup("nothing.invalid", { loop }).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(LookupError);
    expect(error.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
    expect(error).toMatchObject({ hostname: "nothing.invalid", message: expect.stringContaining("nothing.invalid") });
    for (const wrong of ["", "a b", "x".repeat(254)]) {
      await expect(lookup(wrong, { loop })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_VALUE" });
    }
    await expect(lookup(5 as never, { loop })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    await expect(lookup("localhost", { loop, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

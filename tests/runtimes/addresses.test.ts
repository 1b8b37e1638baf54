/** Addresses as text in a program: read as Node reads them, printed as inet_ntop(3) prints them. */
import { isIP, SocketAddress } from "node:net";
import { beforeAll, describe, expect, it } from "vitest";
import { compiled } from "../assembly.ts";

let printed: (text: string) => string | undefined;

beforeAll(async () => {
  const sources = ["tests/runtimes/guests/addresses.ts", "assembly/component.ts"];
  const { instance } = await WebAssembly.instantiate(
    await compiled(...sources, "--runtime", "minimal", "--use", "POLLUX_WASIP3=1"),
    { env: { abort: () => {} } },
  );
  const calls = instance.exports as Record<string, (...args: number[]) => number>;
  const place = calls.cabi_realloc(0, 0, 8, 1024);
  const bytes = () => new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer, place, 1024);
  printed = (text) => {
    const { written } = new TextEncoder().encodeInto(text, bytes());
    const length = calls.printed(place, written);
    return length < 0 ? undefined : new TextDecoder().decode(bytes().subarray(0, length));
  };
}, 120_000);

describe("an address", () => {
  it.each([
    ["127.0.0.1:80", "127.0.0.1:80"],
    ["0.0.0.0:0", "0.0.0.0:0"],
    ["255.255.255.255:65535", "255.255.255.255:65535"],
    ["[::1]:80", "[::1]:80"],
    ["[::]:0", "[::]:0"],
    ["[0:0:0:0:0:0:0:1]:9", "[::1]:9"],
    ["[1::]:9", "[1::]:9"],
    ["[1:2:3:4:5:6:7::]:9", "[1:2:3:4:5:6:7:0]:9"],
    ["[::2:3:4:5:6:7:8]:9", "[0:2:3:4:5:6:7:8]:9"],
    ["[FE80::00AB:0:0:C]:9", "[fe80::ab:0:0:c]:9"],
    ["[2001:db8:0:0:1:0:0:1]:443", "[2001:db8::1:0:0:1]:443"],
    ["[1:0:0:2:0:0:0:3]:443", "[1:0:0:2::3]:443"],
  ])("%s is printed as %s", (text, result) => {
    expect(printed(text)).toBe(result);
  });

  it.each([
    ["", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8x"],
    ["127.0.0:80", "127.0.0.0.1:80", "127.0.0.256:80", "127..0.1:80", "0127.0.0.1:80", "localhost:80"],
    ["[127.0.0.1]:80", "::1:80", "[::1]", "[::1", "::1]:80", "[]:80", "[:]:80", "[:::]:80", "[::1]80"],
    ["[1]:80", "[1:2:3:4:5:6:7]:80", "[1:2:3:4:5:6:7:8:9]:80", "[1:2:3:4:5:6:7:8::]:80", "[::1:2:3:4:5:6:7:8]:80"],
    ["[1::2::3]:80", "[:1::2]:80", "[1::2:]:80", "[12345::]:80", "[::g]:80", "[::1%1]:80", "[::ffff:127.0.0.1]:80"],
  ])("is none of %s, %s, %s, ...", (...texts) => {
    expect(texts.filter((text) => printed(text) !== undefined)).toEqual([]);
  });

  it("is printed as by inet_ntop(3), whatever its groups", () => {
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 2_000; round++) {
      const groups = Array.from({ length: 8 }, () => (random(2) === 0 ? 0 : random(0x10000)));
      // There, an address with only zeros before its last 32 bits, or before ffff, is printed as an IPv4 address.
      groups[0] = 1 + random(0xffff);
      const text = groups.map((group) => group.toString(16)).join(":");
      expect(isIP(text)).toBe(6);
      const { address } = new SocketAddress({ address: text, family: "ipv6" });
      expect(printed(`[${text}]:1`)).toBe(`[${address}]:1`);
      expect(printed(`[${address}]:1`)).toBe(`[${address}]:1`);
    }
  });
});

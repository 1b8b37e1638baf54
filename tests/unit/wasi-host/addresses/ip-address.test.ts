import net from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipBytes, ipText, isIPv4, isIPv6 } from "../../../../wasi-host/addresses/ip-address.ts";

describe("the bytes of an address", () => {
  it.each([
    ["127.0.0.1", [127, 0, 0, 1]],
    ["255.255.255.255", [255, 255, 255, 255]],
    ["::", Array(16).fill(0)],
    ["::1", [...Array(15).fill(0), 1]],
    ["1::", [0, 1, ...Array(14).fill(0)]],
    ["::ffff:1.2.3.4", [...Array(10).fill(0), 255, 255, 1, 2, 3, 4]],
    ["64:ff9b::1.2.3.4", [0, 100, 255, 155, ...Array(8).fill(0), 1, 2, 3, 4]],
    ["2001:db8:1:2:3:4:5:6", [32, 1, 13, 184, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]],
    ["fe80::1%eth0", [254, 128, ...Array(13).fill(0), 1]],
  ])("%s are in network order", (text, bytes) => {
    expect([...ipBytes(text)]).toEqual(bytes);
  });
});

describe("the text of an address", () => {
  it.each([
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:0DB8::0001", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["127.0.0.1", "127.0.0.1"],
  ])("of %s follows RFC 5952: %s", (text, canonical) => {
    expect(ipText(ipBytes(text))).toBe(canonical);
  });

  it("parses to the same bytes", () => {
    const same = fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const bytes = ipBytes(text);
      const written = ipText(bytes);
      expect(net.isIP(written)).toBe(bytes.length === 4 ? 4 : 6);
      expect(ipBytes(written)).toEqual(bytes);
    });
    fc.assert(same, { numRuns: 1_000 });
  });

  it("is that of its own bytes, whichever addresses came before it", () => {
    const texts = Array.from({ length: 3000 }, (_, index) => [
      `10.0.${index >> 8}.${index & 255}`,
      `${(index + 1).toString(16)}::1`,
    ]);
    for (const text of [...texts.flat(), ...texts.flat()]) expect(ipText(ipBytes(text))).toBe(text);
  });

  it("is the same at any offset of the view's buffer", () => {
    const buffer = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(ipText(buffer.subarray(8, 24))).toBe("809:a0b:c0d:e0f:1011:1213:1415:1617");
  });
});

it("an IPv6 address can have a zone, an IPv4 address cannot", () => {
  expect([isIPv6("fe80::1%eth0"), isIPv6("fe80::1%"), isIPv4("127.0.0.1%eth0")]).toEqual([true, false, false]);
});

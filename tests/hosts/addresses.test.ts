import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress } from "../../wasi-host/index.ts";

describe("an address", () => {
  it("is HOST:PORT, with brackets around IPv6; localhost is 127.0.0.1", () => {
    expect(parseAddress("127.0.0.1:9999")).toEqual({ host: "127.0.0.1", port: 9999 });
    expect(parseAddress("[::1]:0")).toEqual({ host: "::1", port: 0 });
    expect(parseAddress("localhost:65535")).toEqual({ host: "127.0.0.1", port: 65_535 });
  });

  it("is written back as it is read", () => {
    for (const text of ["127.0.0.1:9999", "[::1]:80", "0.0.0.0:0", "unix:/tmp/a:80", "unix:b"]) {
      expect(formatAddress(parseAddress(text))).toBe(text);
    }
  });

  for (const text of [
    "foo",
    "",
    ":80",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:-1",
    "::1:80",
    "[::1]",
    "unix:",
  ]) {
    it(`'${text}' is refused by name, and told how it is done`, () => {
      expect(() => parseAddress(text)).toThrow(`bad address '${text}'`);
      expect(() => parseAddress(text)).toThrow("expected HOST:PORT, for example 127.0.0.1:9999");
    });
  }

  it("a name, a port over 65535, and brackets around IPv4 are refused with the reason", () => {
    expect(() => parseAddress("example.org:80")).toThrow("'example.org' is no IP address");
    expect(() => parseAddress("127.0.0.1:65536")).toThrow("bad address '127.0.0.1:65536': the port is over 65535");
    expect(() => parseAddress("[127.0.0.1]:80")).toThrow("'127.0.0.1' is no IP address");
  });
});

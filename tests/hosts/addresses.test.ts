import { describe, expect, it } from "vitest";
import { formatAddress, parseAddress, WasiHost } from "../../wasi-host/index.ts";

describe("an address", () => {
  it("is HOST:PORT, with brackets around IPv6; localhost is 127.0.0.1", () => {
    expect(parseAddress("127.0.0.1:9999")).toEqual({ host: "127.0.0.1", port: 9999 });
    expect(parseAddress("[::1]:0")).toEqual({ host: "::1", port: 0 });
    expect(parseAddress("localhost:65535")).toEqual({ host: "127.0.0.1", port: 65_535 });
  });

  it("is formatted as it was parsed", () => {
    for (const text of [
      "127.0.0.1:9999",
      "[::1]:80",
      "0.0.0.0:0",
      "[fe80::1%eth0.7]:0",
      "[fe80::1%2]:80",
      "unix:/tmp/a:80",
      "unix:b",
    ]) {
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
    "[::1]",
    "[fe80::1%]:80",
    "[fe80::1%a b]:80",
    "[fe80::1%a/b]:80",
    "unix:",
  ]) {
    it(`'${text}' is refused by name, and told how it is done`, () => {
      expect(() => parseAddress(text)).toThrow(`bad address '${text}'`);
      expect(() => parseAddress(text)).toThrow("expected HOST:PORT, for example 127.0.0.1:9999");
    });
  }

  it.each([
    ["::1:80", "[::1]:80"],
    ["fe80::1%eth0:8080", "[fe80::1%eth0]:8080"],
    ["::1", "[::1]:9999"],
    ["2001:db8::7", "[2001:db8::7]:9999"],
  ])("'%s' is refused: IPv6 needs brackets, %s", (text, right) => {
    expect(() => parseAddress(text)).toThrow(`bad address '${text}': put an IPv6 address in brackets`);
    expect(() => parseAddress(text)).toThrow(right);
  });

  it.each(["posix", "net", "simulated"])(
    "of a listener can have a zone, which must be an interface (%s)",
    async (driver) => {
      using host = await WasiHost.open({ driver, listen: ["[::1%lo]:0"] });
      expect(host.listening[0].host).toBe("::1");
      const nowhere = WasiHost.open({ driver, listen: ["[fe80::1%nope]:0"] });
      await expect(nowhere).rejects.toThrow("ENODEV: address fe80::1%nope: no interface 'nope'; there are lo");
      const without = WasiHost.open({ driver, listen: ["[fe80::7]:0"] });
      await expect(without).rejects.toThrow("which is link-local: name its interface, as in fe80::7%eth0");
    },
  );

  it("a host name, a port above 65535, and brackets around IPv4 are refused with a reason", () => {
    expect(() => parseAddress("example.org:80")).toThrow("'example.org' is not an IP address");
    expect(() => parseAddress("127.0.0.1:65536")).toThrow("bad address '127.0.0.1:65536': the port is above 65535");
    expect(() => parseAddress("[127.0.0.1]:80")).toThrow("'127.0.0.1' is not an IP address");
  });
});

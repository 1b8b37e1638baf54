/** Which addresses a list of grants allows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeRefusal, Grants, type Refusal } from "../../../../wasi-host/kernel/grants.ts";

const allows = (grant: string, host: string, port: number) => new Grants("connect", [grant]).allows({ host, port });

describe("a grant", () => {
  it.each([
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["localhost:80", "127.0.0.1", 80],
    ["[::1]:80", "::1", 80],
    ["[::1]:80", "0:0:0:0:0:0:0:1", 80],
    ["127.0.0.1:*", "127.0.0.1", 0],
    ["127.0.0.1:*", "127.0.0.1", 65_535],
    ["127.0.0.1:80-90", "127.0.0.1", 80],
    ["127.0.0.1:80-90", "127.0.0.1", 90],
    ["10.0.0.0/8:80", "10.255.255.255", 80],
    ["10.1.2.3/8:80", "10.9.9.9", 80],
    ["10.0.0.0/9:80", "10.127.0.1", 80],
    ["0.0.0.0/0:80", "203.0.113.5", 80],
    ["1.2.3.4/32:80", "1.2.3.4", 80],
    ["[fe80::/10]:80", "febf::1", 80],
    ["[::/0]:80", "2001:db8::1", 80],
    ["[2001:db8::/127]:80", "2001:db8::1", 80],
  ])("%s allows %s port %i", (grant, host, port) => {
    expect(allows(grant, host, port)).toBe(true);
  });

  it.each([
    ["127.0.0.1:80", "127.0.0.1", 81],
    ["127.0.0.1:80", "127.0.0.2", 80],
    ["127.0.0.1:80-90", "127.0.0.1", 79],
    ["127.0.0.1:80-90", "127.0.0.1", 91],
    ["10.0.0.0/8:80", "11.0.0.0", 80],
    ["10.0.0.0/9:80", "10.128.0.0", 80],
    ["1.2.3.4/31:80", "1.2.3.6", 80],
    ["[fe80::/10]:80", "fec0::1", 80],
    ["[2001:db8::/127]:80", "2001:db8::2", 80],
    ["127.0.0.1:*", "0.0.0.0", 80],
    ["0.0.0.0:*", "127.0.0.1", 80],
    ["127.0.0.1:*", "::1", 80],
    ["127.0.0.1:*", "::ffff:127.0.0.1", 80],
    ["0.0.0.0/0:*", "::", 80],
    ["[::/0]:*", "1.2.3.4", 80],
  ])("%s does not allow %s port %i", (grant, host, port) => {
    expect(allows(grant, host, port)).toBe(false);
  });

  it("allows exactly the addresses with its leading bits", () => {
    const exact = fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (network, prefix, host) => {
      const bits = (text: string) =>
        text
          .split(".")
          .map((byte) => Number(byte).toString(2).padStart(8, "0"))
          .join("");
      const same = bits(network).slice(0, prefix) === bits(host).slice(0, prefix);
      return allows(`${network}/${prefix}:1`, host, 1) === same && allows(`${network}/${prefix}:1`, network, 1);
    });
    fc.assert(exact, { numRuns: 1_000 });
  });

  it.each([
    ["", "expected HOST:PORT"],
    ["127.0.0.1", "expected HOST:PORT"],
    ["127.0.0.1:", "expected HOST:PORT"],
    ["127.0.0.1:80-", "expected HOST:PORT"],
    ["127.0.0.1:http", "expected HOST:PORT"],
    ["::1:80", "expected HOST:PORT"],
    ["example.org:80", "'example.org' is not an IP address"],
    ["[127.0.0.1]:80", "'127.0.0.1' is not an IP address"],
    ["10.0.0.0/33:80", "/33 is above /32"],
    ["[::/129]:80", "/129 is above /128"],
    ["127.0.0.1:65536", "the port is above 65535"],
    ["127.0.0.1:90-80", "the range of ports is empty"],
  ])("'%s' is refused with a reason: %s", (grant, reason) => {
    expect(() => new Grants("connect", [grant])).toThrow(`bad address '${grant}': `);
    expect(() => new Grants("connect", [grant])).toThrow(reason);
  });
});

describe("a list of grants", () => {
  it("without entries allows nothing", () => {
    expect(new Grants("connect").allows({ host: "127.0.0.1", port: 80 })).toBe(false);
  });

  it("allows what any of its entries allows", () => {
    const grants = new Grants("bind", ["127.0.0.1:80", "[::1]:81"]);
    expect([grants.allows({ host: "127.0.0.1", port: 80 }), grants.allows({ host: "::1", port: 81 })]).toEqual([
      true,
      true,
    ]);
    expect(grants.allows({ host: "::1", port: 80 })).toBe(false);
  });

  it("reports each refusal with call, address and option, and nothing else", () => {
    const refusals: Refusal[] = [];
    const grants = new Grants("connect", ["127.0.0.1:80"], (refusal) => refusals.push(refusal));
    const refused = { host: "10.0.0.1", port: 80 };
    expect([
      grants.refuse("sock_connect", { host: "127.0.0.1", port: 80 }),
      grants.refuse("sock_connect", refused),
    ]).toEqual([false, true]);
    grants.allows(refused);
    expect(refusals).toEqual([{ call: "sock_connect", address: refused, option: "connect" }]);
  });
});

it("describes a refusal with the option that would allow it, IPv6 in brackets", () => {
  const describeFor = (host: string) =>
    describeRefusal({ call: "sock_bind", address: { host, port: 80 }, option: "bind" });
  expect(describeFor("10.0.0.1")).toBe("sock_bind 10.0.0.1:80: not granted (EACCES); --bind 10.0.0.1:80 grants it");
  expect(describeFor("::1")).toContain("--bind [::1]:80 grants it");
});

describe("a name, where names are looked up", () => {
  const named = (...grants: string[]) => new Grants("connect", grants, undefined, true);

  it("is granted whatever its letters' case, and allows no address before it is looked up", () => {
    const grants = named("example.org:443");
    expect(["example.org", "EXAMPLE.org", "example.org."].map((name) => grants.allowsName(name))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["www.example.org", "example.com", "org"].map((name) => grants.allowsName(name))).toEqual([
      false,
      false,
      false,
    ]);
    expect(grants.allows({ host: "203.0.113.7", port: 443 })).toBe(false);
  });

  it("stands for the addresses of its last lookup, with its ports", () => {
    const grants = named("example.org:443-444", "other.org:*");
    grants.resolved("Example.org", ["203.0.113.7", "2001:db8::7"]);
    const allowed = (host: string, port: number) => grants.allows({ host, port });
    expect([allowed("203.0.113.7", 443), allowed("2001:db8::7", 444)]).toEqual([true, true]);
    expect([allowed("203.0.113.7", 445), allowed("203.0.113.8", 443)]).toEqual([false, false]);
    grants.resolved("example.org", ["203.0.113.8"]);
    expect([allowed("203.0.113.7", 443), allowed("203.0.113.8", 443)]).toEqual([false, true]);
    grants.resolved("other.org", ["203.0.113.9"]);
    expect(allowed("203.0.113.9", 1)).toBe(true);
  });

  it.each([
    ["example.org:", "expected HOST:PORT"],
    ["example.org:70000", "the port is above 65535"],
    ["example.org:90-80", "the range of ports is empty"],
    ["-example.org:80", "is not an IP address"],
    ["example.123:80", "is not an IP address"],
  ])("is a mistake as %j", (text, message) => {
    expect(() => named(text)).toThrow(message);
  });

  it("leaves paths and addresses what they are", () => {
    const grants = named("unix:/run/server.sock", "localhost:80", "10.0.0.0/8:80");
    expect(grants.allows({ host: "/run/server.sock", port: -1 })).toBe(true);
    expect(grants.allows({ host: "127.0.0.1", port: 80 })).toBe(true);
    expect(grants.allows({ host: "10.1.2.3", port: 80 })).toBe(true);
  });
});

it("grants all addresses, paths and names by everything", () => {
  const grants = new Grants("connect", "everything");
  expect(grants.allows({ host: "203.0.113.7", port: 1 })).toBe(true);
  expect(grants.allows({ host: "/run/x", port: -1 })).toBe(true);
  expect(grants.allowsName("example.org")).toBe(true);
  expect(new Grants("connect").allowsName("example.org")).toBe(false);
});

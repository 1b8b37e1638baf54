/** IP addresses as text are accepted and refused as by Node's net; a zone may be any name of an interface on Linux. */

import net from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ipBytes, ipText, isIPv4, isIPv6, isLinkLocal, zoneOf } from "../../wasi-host/addresses/ip-address.ts";

const joined = (parts: readonly string[], most: number, by: string) =>
  fc.array(fc.constantFrom(...parts), { maxLength: most }).map((texts) => texts.join(by));
const zone = fc.constantFrom("", "", "", "%0", "%eth0", "%a_b", "%", "%a:b.c-d", "%é");
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  joined(["0", "ab", "FFFF", "1.2.3.4", "", "00001"], 10, ":"),
  joined(["0", "7", "10", "99", "100", "199", "249", "255", "256", "00", "1000", ""], 5, "."),
  joined(["0", "01", "f", "BEEF", "g", ":", "::", ".", "%", "%eth0", "%1-a.b", "1.2.3.4", "/8", " ", "\n"], 10, ""),
);
/** With a zone that Node's net accepts. */
const plain = (candidate: string) => candidate.replace(/%[^\s%/[\]]+$/, "%eth0");
const text = fc.tuple(address, zone).map((parts) => parts.join(""));

it.each([
  { name: "IPv4", ours: isIPv4, nodes: net.isIPv4 },
  { name: "IPv6", ours: isIPv6, nodes: (candidate: string) => net.isIPv6(plain(candidate)) },
])("text is $name exactly if Node says so", ({ ours, nodes }) => {
  let accepted = 0;
  const same = (candidate: string) => {
    if (nodes(candidate)) accepted++;
    return ours(candidate) === nodes(candidate);
  };
  fc.assert(fc.property(text, same), { numRuns: 5_000 });
  expect(accepted).toBeGreaterThan(100);
});

it.each(["", "%eth0", "%2", "%a1.2.3.4", "%veth_a@7"])("the bytes of an address omit its zone: '%s'", (zone) => {
  expect(isIPv6(`fe80::1:203${zone}`)).toBe(true);
  expect(ipText(ipBytes(`fe80::1:203${zone}`))).toBe("fe80::1:203");
  expect(ipText(ipBytes(`::ffff:1.2.3.4${zone}`))).toBe("::ffff:102:304");
  expect(zoneOf(`fe80::1:203${zone}`)).toBe(zone.slice(1));
});

it("an address is link-local in fe80::/10, and if it is multicast to an interface or a link", () => {
  for (const text of ["fe80::", "febf::1", "ff02::1", "ff01::1", "ff12::7"])
    expect(isLinkLocal(ipBytes(text))).toBe(true);
  for (const text of ["fec0::", "fe7f::1", "::1", "ff05::1", "169.254.0.1", "2001:db8::"])
    expect(isLinkLocal(ipBytes(text))).toBe(false);
});

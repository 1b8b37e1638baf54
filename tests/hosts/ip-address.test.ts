/** IP addresses as text are accepted and refused as Node's net does. */

import net from "node:net";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isIPv4, isIPv6 } from "../../wasi-host/ip-address.ts";

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
const text = fc.tuple(address, zone).map((parts) => parts.join(""));

it.each([
  { name: "IPv4", ours: isIPv4, nodes: net.isIPv4 },
  { name: "IPv6", ours: isIPv6, nodes: net.isIPv6 },
])("text is $name exactly where Node says so", ({ ours, nodes }) => {
  let accepted = 0;
  const same = (candidate: string) => {
    if (nodes(candidate)) accepted++;
    return ours(candidate) === nodes(candidate);
  };
  fc.assert(fc.property(text, same), { numRuns: 5_000 });
  expect(accepted).toBeGreaterThan(100);
});

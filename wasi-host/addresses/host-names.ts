/** Names of hosts (RFC 1123, 2.1), before anybody is asked for their addresses. */
import { isIPv4, isIPv6 } from "./ip-address.ts";

/** Loopback on every machine (RFC 6761, 6.3). */
const LOCALHOST = /^(?:.*\.)?localhost\.?$/i;
/** RFC 1123, 2.1, and underscores; 253 characters at the most, 63 in a label. */
const HOST = /^(?=.{1,254}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/;

/** Returns the addresses that need no lookup: those of an IP address without a zone, and of localhost; undefined for others. */
export function knownAddresses(name: string): readonly string[] | undefined {
  if (isIPv4(name) || (isIPv6(name) && !name.includes("%"))) return [name];
  return LOCALHOST.test(name) ? ["127.0.0.1", "::1"] : undefined;
}

/** Returns the name in ASCII (IDNA) and lower case, or the IP address; undefined for anything else. */
export function asciiOf(text: string): string | undefined {
  if (isIPv4(text) || isIPv6(text)) return text.includes("%") ? undefined : text;
  let name = text.toLowerCase();
  if (/[^ -~]/.test(name)) {
    // The platform's own IDNA is in its URLs.
    const { hostname } = URL.canParse(`http://${name}/`) ? new URL(`http://${name}/`) : { hostname: "" };
    name = hostname;
  }
  // What ends in a number is no name, though some resolvers take it for an address (inet_aton(3)).
  return HOST.test(name) && !/(?:^|\.)\d+\.?$/.test(name) ? name : undefined;
}

/** wasi:sockets/ip-name-lookup. */
import { ipBytes, isIPv4, isIPv6 } from "../../../addresses/ip-address.ts";
import type { Resolution } from "../../../runtime/name-lookup.ts";
import { type Caller, SUCCEEDED } from "../caller.ts";
import { RESULT_IP_ADDRESS, RESULT_WORD } from "../layout.ts";
import { Pollable, READABLE } from "../polling/readiness.ts";
import { NETWORK, POLLABLE, RESOLVE_ADDRESS_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { IPV4, IPV6, storeGroups } from "./address.ts";
import { ErrorCode } from "./error-code.ts";
import { NameLookup } from "./name-lookup.ts";

/** What everybody knows without asking: loopback (RFC 6761, 6.3). */
const LOCALHOST = /^(?:.*\.)?localhost\.?$/;
/** RFC 1123, 2.1, and underscores; 253 characters at the most, 63 in a label. */
const HOST = /^(?=.{1,254}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/;

export function ipNameLookup({ driver, poller, open, grants, resolver }: State, caller: Caller): Functions {
  const { handles, memory } = caller;

  /** A lookup that has been begun, or an ErrorCode. */
  function lookUp(text: string): NameLookup | number {
    const name = asciiOf(text);
    if (name === undefined) return ErrorCode["invalid-argument"];
    const lookup = new NameLookup(driver, poller, open);
    const known = knownAddresses(name);
    if (known !== undefined) {
      lookup.settle(known);
      return lookup;
    }
    if (!grants.connect.allowsName(name)) return ErrorCode["access-denied"];
    if (resolver === undefined) return ErrorCode["not-supported"];
    const settle = (found: Resolution): Resolution => {
      if ("code" in found) return found;
      const addresses = found.filter((address) => !isMappedText(address));
      grants.connect.resolved(name, addresses);
      return addresses.length === 0 ? { code: "ENODATA" } : addresses;
    };
    const found = resolver(name);
    if (found instanceof Promise) lookup.await(found, settle);
    else lookup.settle(settle(found));
    return lookup;
  }

  return {
    /** Names are granted as addresses are, and those alone are asked for. */
    "resolve-addresses"(net: number, pointer: number, length: number, result: number): undefined {
      handles.get(NETWORK, net);
      const name = caller.text(pointer, length);
      const at = caller.place(result, RESULT_WORD);
      const lookup = lookUp(name);
      if (typeof lookup === "number") return caller.fail(at, RESULT_WORD, lookup);
      const handle = handles.insert(RESOLVE_ADDRESS_STREAM, lookup);
      memory.bytes[at] = SUCCEEDED;
      memory.words[(at + RESULT_WORD.payload) >>> 2] = handle;
    },

    "[method]resolve-address-stream.resolve-next-address"(handle: number, result: number): undefined {
      const address = handles.get(RESOLVE_ADDRESS_STREAM, handle).next();
      const at = caller.place(result, RESULT_IP_ADDRESS);
      if (typeof address === "number") return caller.fail(at, RESULT_IP_ADDRESS, address);
      const { payload, address: kind, bytes: first } = RESULT_IP_ADDRESS;
      memory.bytes[at] = SUCCEEDED;
      memory.bytes[at + payload] = address === undefined ? 0 : 1;
      if (address === undefined) return;
      const bytes = ipBytes(address);
      memory.bytes[at + kind] = bytes.length === 4 ? IPV4 : IPV6;
      if (bytes.length === 4) memory.bytes.set(bytes, at + first);
      else storeGroups(memory.view, at + first, bytes);
    },

    "[method]resolve-address-stream.subscribe"(handle: number): number {
      const { readiness } = handles.get(RESOLVE_ADDRESS_STREAM, handle);
      return handles.insert(POLLABLE, new Pollable(readiness, READABLE), handle);
    },
  };
}

/** The address that a text is, or what is known without asking. */
function knownAddresses(name: string): readonly string[] | undefined {
  if (isIPv4(name) || (isIPv6(name) && !name.includes("%"))) return [name];
  return LOCALHOST.test(name) ? ["127.0.0.1", "::1"] : undefined;
}

/** The name in ASCII (IDNA), or the address; undefined for what is neither. */
function asciiOf(text: string): string | undefined {
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

/** ::ffff:127.0.0.1. */
function isMappedText(address: string): boolean {
  return address.toLowerCase().startsWith("::ffff:");
}

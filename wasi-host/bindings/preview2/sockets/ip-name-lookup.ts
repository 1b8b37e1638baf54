/** wasi:sockets/ip-name-lookup. */
import { asciiOf, knownAddresses } from "../../../addresses/host-names.ts";
import { ipBytes } from "../../../addresses/ip-address.ts";
import { lookUp } from "../../../kernel/name-lookup.ts";
import { type Caller, SUCCEEDED } from "../caller.ts";
import { RESULT_IP_ADDRESS, RESULT_WORD } from "../layout.ts";
import { Pollable, READABLE } from "../polling/readiness.ts";
import { NETWORK, POLLABLE, RESOLVE_ADDRESS_STREAM } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { IPV4, IPV6, storeGroups } from "./address.ts";
import { ErrorCode } from "./error-code.ts";
import { NameLookup } from "./name-lookup.ts";

export function ipNameLookup({ driver, poller, open, grants, resolver }: State, caller: Caller): Functions {
  const { handles, memory } = caller;

  /** A lookup that has been begun, or an ErrorCode. */
  function begin(text: string): NameLookup | number {
    const name = asciiOf(text);
    if (name === undefined) return ErrorCode["invalid-argument"];
    const lookup = new NameLookup(driver, poller, open);
    const known = knownAddresses(name);
    if (known !== undefined) {
      grants.connect.resolved(name, known);
      lookup.settle(known);
      return lookup;
    }
    if (grants.connect.refuseName("resolve-addresses", name, 0)) return ErrorCode["access-denied"];
    if (resolver === undefined) return ErrorCode["not-supported"];
    const found = lookUp(grants.connect, resolver, name);
    if (found instanceof Promise) lookup.await(found);
    else lookup.settle(found);
    return lookup;
  }

  return {
    /** Names are granted like addresses, and only granted ones are looked up. */
    "resolve-addresses"(net: number, pointer: number, length: number, result: number): undefined {
      handles.get(NETWORK, net);
      const name = caller.text(pointer, length);
      const at = caller.place(result, RESULT_WORD);
      const lookup = begin(name);
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

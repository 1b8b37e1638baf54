/** Names of hosts. */

import { ArgumentError } from "../../wasi-host/index.ts";
import { Errno, isIPv4, isIPv6, resolver, SystemError, shown } from "../../wasi-host/internal.ts";
import type { Loop } from "./loop.ts";
import { loopOf } from "./loop.ts";
import { checkTimed, type TimedOptions, Wait } from "./wait.ts";

/** A name that was not resolved. `code` is getaddrinfo(3)'s in Node's spelling: ENOTFOUND, EAI_AGAIN... */
export class LookupError extends Error {
  readonly code: string;
  readonly syscall = "getaddrinfo";
  /** The name. */
  readonly hostname: string;

  /** @param code - such as "ENOTFOUND" */
  constructor(code: string, hostname: string) {
    super(`getaddrinfo ${code} ${hostname}`);
    this.code = code;
    this.hostname = hostname;
  }
}

/** Options of `lookup`. */
export interface LookupOptions extends TimedOptions {
  /** Default: `defaultLoop()`. */
  readonly loop?: Loop;
}

/** Longer names are invalid (RFC 1035). */
const LONGEST = 253;

/**
 * Looks up the addresses of a name, by the platform's resolver.
 *
 * @param name - a name, or an IP address, which is its own address
 * @returns a promise of at least one IPv4 or IPv6 address, in the resolver's order
 * @throws LookupError ENOTFOUND...; SystemError ETIMEDOUT, and ENOTSUP without Node; ArgumentError. getaddrinfo(3)
 * @example
 * const [address] = await lookup("localhost");
 */
export async function lookup(name: string, options: LookupOptions = {}): Promise<string[]> {
  if (typeof name !== "string") {
    throw new ArgumentError(`lookup(${shown(name)}): expected a name as text`, "ERR_INVALID_ARG_TYPE");
  }
  if (!/^[^\s/\0]+$/.test(name) || name.length > LONGEST) {
    throw new ArgumentError(`lookup(${shown(name)}): expected a name of 1 to ${LONGEST} characters`);
  }
  checkTimed(options, "lookup");
  if (isIPv4(name) || isIPv6(name)) return [name];
  const loop = await loopOf(options, "lookup");
  const ask = resolver(true);
  if (ask === undefined) throw new SystemError(Errno.NOTSUP, "lookup", `${name}: there are no names without Node`);
  const found = await within(loop, options, Promise.resolve(ask(name)));
  if ("code" in found) throw new LookupError(found.code, name);
  if (found.length === 0) throw new LookupError("ENOTFOUND", name);
  return [...found];
}

/** The resolver cannot be interrupted: at the deadline it is abandoned. */
async function within<Value>(loop: Loop, options: TimedOptions, asked: Promise<Value>): Promise<Value> {
  // Holds the loop open.
  const waker = loop.waker(() => {});
  try {
    const wait = new Wait<Value>(loop, options, "lookup", () => {});
    void asked.then(
      (value) => wait.resolve(value),
      (error) => wait.reject(error),
    );
    return await wait.promise;
  } finally {
    waker.close();
  }
}

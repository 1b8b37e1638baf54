/**
 * Argument checks for callers from JavaScript. Each throws an ArgumentError that names the value and the expectation.
 */
import { ArgumentError } from "../wasi-host/index.ts";
import { shown } from "../wasi-host/internal.ts";
import type { Core } from "./core.ts";

function wrongType(message: string): never {
  throw new ArgumentError(message, "ERR_INVALID_ARG_TYPE");
}

/** Accepts an open or disposed Core; other values come from calls without their first argument. */
export function checkCore(core: Core, call: string): void {
  if (typeof core === "object" && core !== null && "sleepers" in core) return;
  wrongType(`${call}(${shown(core)}): expected a Core as the first argument; Core.open() returns one`);
}

/** A combination of bits. A negative number has the highest bit set, as `1 << 31`. */
export function checkEvents(events: unknown, call: string, bits: string): void {
  if (Number.isInteger(events) && (events as number) >= -(2 ** 31) && (events as number) < 2 ** 32) return;
  wrongType(`${call}: events ${shown(events)}: expected a combination of ${bits}`);
}

/** epoll's user data, 64 bits. */
export function checkData(data: unknown, call: string): void {
  if (data === undefined || typeof data === "bigint") return;
  const remedy = Number.isInteger(data) ? `, for example ${data as number}n` : "";
  wrongType(`${call}: data ${shown(data)}: expected a bigint${remedy}`);
}

/** Bytes to send, or a buffer to receive. */
export function checkBytes(bytes: unknown, call: string): void {
  // Also arrays of another realm, such as a test runner's.
  if (
    bytes instanceof Uint8Array ||
    (ArrayBuffer.isView(bytes) && "BYTES_PER_ELEMENT" in bytes && bytes.BYTES_PER_ELEMENT === 1)
  )
    return;
  const remedy = typeof bytes === "string" ? "; new TextEncoder().encode(text) converts text" : "";
  wrongType(`${call}(${shown(bytes)}): expected a Uint8Array${remedy}`);
}

/** An address as text, as for `parseAddress`, or `{ host, port }`. */
export function checkAddress(address: unknown, call: string): void {
  if (typeof address === "string") return;
  if (typeof address === "object" && address !== null && "host" in address && "port" in address) {
    if (typeof address.host === "string" && typeof address.port === "number") return;
  }
  const example = typeof address === "number" ? `127.0.0.1:${address}` : "127.0.0.1:8080";
  wrongType(`${call}: address ${shown(address)}: expected text, for example '${example}', or { host, port }`);
}

/**
 * The original upper-casing server with select, a queue for each client, and the third set.
 *
 *     pollux run --listen 127.0.0.1:9999 upper-select.wasm [--quiet]
 *
 * It shows the exceptional set, which reports urgent data (TCP's out-of-band byte): such a client is closed, as in the
 * original. It also shows that a leaving client is removed from all sets and queues at once, so that the rest of the
 * round does not look for it. `select-server.ts` has the loop.
 */
import { needListener, readOptions } from "./options";
import { serveAll } from "./select-server";

/** Changes ASCII letters only, as Python's bytes.upper() does. */
function upperCase(bytes: usize, count: i32): void {
  for (let at = bytes, end = bytes + count; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte >= 0x61 && byte <= 0x7a) store<u8>(at, byte - 0x20);
  }
}

export function _start(): void {
  readOptions(false);
  serveAll(needListener(), upperCase, true);
}

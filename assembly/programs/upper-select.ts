/**
 * The seed's second server: what comes goes back in upper case, with select, a queue for each client, and a third set.
 *
 *     pollux run --listen 127.0.0.1:9999 upper-select.wasm [--quiet]
 *
 * It shows the exceptional set, which is urgent data (TCP's out-of-band byte): as in the seed, such a client is closed.
 * And it shows that whoever leaves is gone from all sets and queues at once, so that nothing is left to be looked up for
 * it in the same round. `select-server.ts` has the loop.
 */
import { needListener, readOptions } from "./options";
import { serveAll } from "./select-server";

/** ASCII's letters alone, as Python's bytes.upper(). */
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

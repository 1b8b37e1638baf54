// @ts-check
/**
 * The second original select server: returns received data in upper case, and watches the third list.
 *
 *     node examples/upper-select.mjs [HOST:PORT] [--quiet]
 *
 * Shows exceptional conditions, which are urgent data (TCP's out-of-band byte): such a client is closed, as in the original.
 * A client that leaves is removed from all lists and queues at once, so nothing looks it up later in the round.
 * `select-server.mjs` has the loop.
 */
import { addressArgument, serveAll } from "./select-server.mjs";

/** Converts ASCII letters only, as Python's bytes.upper(). @param {Uint8Array} bytes */
const upperCase = (bytes) => bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

await serveAll(addressArgument(), upperCase, true);

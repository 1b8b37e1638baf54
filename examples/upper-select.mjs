// @ts-check
/**
 * The seed's second server: what comes goes back in upper case, with select, a queue for each client, and a third list.
 *
 *     node examples/upper-select.mjs [HOST:PORT] [--quiet]
 *
 * It shows exceptional conditions, which are urgent data (TCP's out-of-band byte): as in the seed, such a client is closed.
 * And it shows that whoever leaves is gone from all lists and queues at once, so that nothing is left to be looked up for
 * it in the same round. `select-server.mjs` has the loop.
 */
import { addressArgument, serveAll } from "./select-server.mjs";

/** ASCII's letters alone, as Python's bytes.upper(). @param {Uint8Array} bytes */
const upperCase = (bytes) => bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));

await serveAll(addressArgument(), upperCase, true);

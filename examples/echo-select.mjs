// @ts-check
/**
 * The original select server: an echo with a queue for each connection.
 *
 *     node examples/echo-select.mjs [HOST:PORT] [--quiet]
 *
 * Shows which list a connection is in: it is among the outputs only while data waits to be sent, because select would never
 * sleep otherwise. `select-server.mjs` has the loop.
 */
import { addressArgument, serveAll } from "./select-server.mjs";

await serveAll(addressArgument());

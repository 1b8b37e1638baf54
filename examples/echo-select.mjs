// @ts-check
/**
 * The seed's first server: an echo with select, and a queue for each connection.
 *
 *     node examples/echo-select.mjs [HOST:PORT] [--quiet]
 *
 * It shows who is in which list, and when: a connection is among the outputs only while something waits to be sent, or
 * select would never sleep. `select-server.mjs` has the loop.
 */
import { addressArgument, serveAll } from "./select-server.mjs";

await serveAll(addressArgument());

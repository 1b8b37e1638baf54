/**
 * The seed's first server: an echo with select, and a queue for each connection.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-select.wasm [--quiet]
 *
 * It shows who is in which set, and when: a connection is among the outputs only while something waits to be sent, or
 * select would never sleep. `select-server.ts` has the loop.
 */
import { unchanged } from "./conversation";
import { needListener, readOptions } from "./options";
import { serveAll } from "./select-server";

export function _start(): void {
  readOptions(false);
  serveAll(needListener(), unchanged, false);
}

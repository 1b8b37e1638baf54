/**
 * The original echo server with select, and a queue for each connection.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-select.wasm [--quiet]
 *
 * It shows when a connection is in which set: among the outputs only while bytes wait to be sent, because otherwise
 * select would never sleep. `select-server.ts` has the loop.
 */
import { unchanged } from "./conversation";
import { needListener, readOptions } from "./options";
import { serveAll } from "./select-server";

export function _start(): void {
  readOptions(false);
  serveAll(needListener(), unchanged, false);
}

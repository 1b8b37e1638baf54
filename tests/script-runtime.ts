/**
 * The runtime that runs the scripts under test, such as the command: this Node, or Deno or Bun if POLLUX_RUNTIME says so. The tests
 * themselves run on Node.
 */
import { LIKE_NODE } from "../runtimes/catalogue.ts";

const asked = process.env.POLLUX_RUNTIME;
const NODE = { name: `Node ${process.versions.node.split(".")[0]}`, command: [process.execPath], missing: undefined };
const found = asked === undefined ? NODE : LIKE_NODE.find(({ name }) => name.toLowerCase() === asked);
if (found === undefined) throw new Error(`POLLUX_RUNTIME is '${asked}': expected deno or bun`);
if (found.missing !== undefined) throw new Error(`POLLUX_RUNTIME is '${asked}': ${found.missing}`);

/** Its name in tests. */
export const RUNTIME_NAME = found.name;

/**
 * Milliseconds after a script's first line until the runtime has all descriptors of its own. Deno opens two sockets for its signals in
 * the first half second of its event loop.
 */
export const SETTLE_MS = found.name === "Deno" ? 1000 : 0;

/** It is this Node. */
export const IS_NODE = found === NODE;

/** The words in front of a script's path. */
export const RUNTIME: readonly string[] = found.command;

/**
 * The runtime that runs the scripts under test, such as the command: the one that runs the tests, or Deno or Bun if POLLUX_RUNTIME
 * says so.
 */
import { LIKE_NODE } from "../runtimes/catalogue.ts";

const asked = process.env.POLLUX_RUNTIME;
const isThis = ({ name }: { name: string }) => name.toLowerCase() in process.versions;
const NODE = { name: `Node ${process.versions.node.split(".")[0]}`, command: [process.execPath], missing: undefined };
const found = asked === undefined ? thisOne() : LIKE_NODE.find(({ name }) => name.toLowerCase() === asked);
if (found === undefined) throw new Error(`POLLUX_RUNTIME is '${asked}': expected deno or bun`);
if (found.missing !== undefined) throw new Error(`POLLUX_RUNTIME is '${asked}': ${found.missing}`);

/** This process's own, whether or not it is the pinned one. */
function thisOne(): typeof NODE {
  const like = LIKE_NODE.find(isThis);
  if (like === undefined) return NODE;
  const [, ...options] = like.command;
  return { name: like.name, command: [process.execPath, ...options], missing: undefined };
}

/** Whether the tests themselves run on Node. */
export const TESTS_ON_NODE = !LIKE_NODE.some(isThis);

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

/** What runs `text`, the text of a module; arguments for it may follow. They are the last of `process.argv`. */
export function inlineModule(text: string): [program: string, ...words: string[]] {
  const [program] = RUNTIME;
  return found?.name === "Deno" ? [program, "eval", text] : [program, "--input-type=module", "-e", text];
}

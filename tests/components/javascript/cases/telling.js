/** The form of an answer: one line, equal for equal answers. */
import { getStdout } from "wasi:cli/stdout@0.2.12";

/** ASCII; there is no TextEncoder. */
export const bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
export const text = (list) => String.fromCharCode(...list);

/** Handles are made on demand: a module's top level runs while the component is built. */
export function print(line) {
  const stdout = getStdout();
  stdout.blockingWriteAndFlush(bytes(`${line}\n`));
  drop(stdout);
}

function shown(value) {
  if (value === undefined || value === null) return "none";
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array || Array.isArray(value)) return `[${Array.from(value, shown).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  if (Symbol.dispose in value) return "a handle";
  if ("tag" in value) return value.val === undefined ? value.tag : `${value.tag}(${shown(value.val)})`;
  const set = Object.entries(value).filter(([, part]) => part !== false);
  return `{${set.map(([name, part]) => (part === true ? name : `${name}: ${shown(part)}`)).join(", ")}}`;
}

/** An error code, or a stream's error by its tag: its text is the host's own. */
function refusal(error) {
  if (!("payload" in error)) return `unexpected ${error}`;
  return error.payload?.tag ?? String(error.payload ?? error.message);
}

let skipped = [];
/** Leaves out cases by their names. */
export function skip(names) {
  skipped = names;
}

/** Prints the result of a call, or its refusal. */
export function tell(name, call) {
  if (skipped.includes(name)) return;
  let answer;
  try {
    answer = shown(call());
  } catch (error) {
    answer = refusal(error);
  }
  print(`${name}: ${answer}`);
}

/** Prints whether a condition holds, for a value that varies. */
export const holds = (name, call) => tell(name, () => (call() ? "as it should be" : "not as it should be"));

/** Children are dropped before their parents. */
export function drop(...handles) {
  for (const handle of handles) handle[Symbol.dispose]();
}

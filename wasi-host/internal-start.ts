/** What the command takes of the host before it knows what to do: little, so that `pollux --version` loads no host. No part of the package's interface. */

export { nearest } from "./errors/argument-error.ts";
export { BASES } from "./files/contract/base-names.ts";
export { loadKoffi } from "./runtime/c-library.ts";
export { STDERR, STDOUT, writeWhole } from "./runtime/diagnostics.ts";

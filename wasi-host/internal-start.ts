/** The host's interface for the start of the command: small, so that `pollux --version` loads no host. Not public. */

export { nearest } from "./errors/argument-error.ts";
export { BASES } from "./files/contract/base-names.ts";
export { loadKoffi, needsPermission } from "./runtime/c-library.ts";
export { STDERR, STDOUT, writeWhole } from "./runtime/diagnostics.ts";

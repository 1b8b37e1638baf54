/**
 * What the other bases do differently, by case: all of it, and each with what they do. A case that is listed here and
 * passes is a failure of the test, so the list is as long as it has to be. docs/host.md shows it as a table.
 */
import { nodeWasi } from "./known-failures/node-wasi.ts";
import { wasmerWasi } from "./known-failures/wasmer-wasi.ts";

/** What is done in place of what should be: by call, then by case. */
export type Failures = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** By base. */
export const KNOWN_FAILURES: Readonly<Record<string, Failures>> = {
  /** Our own, on a platform that does not let a file be opened once more by its descriptor. */
  "minimal, by paths": {
    fd_fdstat_set_flags: { "APPEND can be set and taken back": "ENOTSUP" },
  },

  "node-wasi": nodeWasi,
  "wasmer-wasi": wasmerWasi,
};

/**
 * The cases that other bases fail, each with their behaviour. A listed case that passes is a test failure, so the list
 * is complete. docs/host.md shows it as a table.
 */
import type { Failures } from "./known-failures/failures.ts";
import { nodeWasi } from "./known-failures/node-wasi.ts";
import { wasmerWasi } from "./known-failures/wasmer-wasi.ts";

/** By base. */
export const KNOWN_FAILURES: Readonly<Record<string, Failures>> = {
  /** Our own, on a platform that cannot reopen a file by its descriptor, and without the C library. */
  "minimal, by paths": {
    fd_fdstat_set_flags: { "APPEND can be set and taken back": "ENOTSUP" },
    fd_filestat_set_times: { "sets times to the nanosecond, and leaves the other to the nanosecond": "microseconds" },
    path_filestat_set_times: { "sets times to the nanosecond, of a file, a directory and a link": "microseconds" },
  },

  "node-wasi": nodeWasi,
  "wasmer-wasi": wasmerWasi,
};

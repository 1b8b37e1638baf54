/** Findings of the fuzzer, shrunk: every run plays them again. */
import type { Sequence, Step } from "./steps.ts";

const text = (content: string) => [...new TextEncoder().encode(content)];
const plain = (...steps: Step[]): Sequence => ({ driver: "simulated", shared: false, meddler: 0, steps });

export const FINDINGS: Readonly<Record<string, Sequence>> = {
  "a path at the very end of memory, behind which uvwasi read on: SIGSEGV": plain({
    call: "path_filestat_get",
    args: [4, 0, { end: 4 }, 4, 64],
    pokes: [{ at: { end: 4 }, bytes: text("link") }],
  }),
  "a link's target at the very end of memory": plain({
    call: "path_symlink",
    args: [{ end: 8 }, 8, 4, 128, 3],
    pokes: [
      { at: { end: 8 }, bytes: text("file.txt") },
      { at: 128, bytes: text("new") },
    ],
  }),
  "a time that is to be the one given and the present one, after which uvwasi kept the directory locked: it could never be closed":
    plain({
      call: "path_filestat_set_times",
      args: [4, 1, 128, 8, 0n, 1n, 7],
      pokes: [{ at: 128, bytes: text("file.txt") }],
    }),
  "a datagram that falls onto the place of its sender's address, and moves it": {
    driver: "posix",
    shared: false,
    meddler: 0,
    steps: [
      {
        call: "sock_recv_from",
        args: [13, 64, 1, 0, 0, 64, 64, 0],
        pokes: [
          { at: 64, bytes: [0, 0, 0, 0, 1, 0, 0, 0] },
          { at: 128, bytes: [127, 0, 0, 1] },
          { at: 0, bytes: [128, 0, 0, 0, 4, 0, 0, 0] },
        ],
      },
    ],
  },
  "the same of an open file": plain({ call: "fd_filestat_set_times", args: [6, 0n, 1n, 12], pokes: [] }),
};

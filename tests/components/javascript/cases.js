/**
 * Every function of WASI 0.2 with its answer: the same cases on each host, so that answers can be compared. Arguments:
 * a group of cases, or one that traps; then the cases to leave out, because they end the program on that host.
 */
import { getArguments } from "wasi:cli/environment@0.2.12";
import { exit, exitWithCode } from "wasi:cli/exit@0.2.12";
import { files } from "./cases/files.js";
import { io, traps } from "./cases/io.js";
import { cli, clocks, random } from "./cases/small.js";
import { names, tcp, udp } from "./cases/sockets.js";
import { skip } from "./cases/telling.js";

const ENDINGS = {
  "exit: ok": () => exit({ tag: "ok" }),
  "exit: error": () => exit({ tag: "err" }),
  "exit-with-code: 7": () => exitWithCode(7),
};
const GROUPS = { cli, clocks, files, io, names, random, tcp, udp, ...traps, ...ENDINGS };

export const run = {
  run() {
    const [command, ...rest] = getArguments().slice(1);
    skip(rest);
    GROUPS[command]();
    // The remaining handles are not disposed: the collector drops them in an unknown order.
    exit({ tag: "ok" });
  },
};

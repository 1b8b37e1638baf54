/** A server's start and end: a port in use, a port used before, a signal during a sleep. */

const FAILURE = "src/cli/failure.ts";
const MAIN = "src/cli/main.ts";
const DRIVER = "wasi-host/drivers/posix/index.ts";

const LIFE = "tests/programs/lifecycle.test.ts";
const AGAIN = "another can have its port at once";
const COMMAND = { file: "tests/hosts/command-line.test.ts", named: "of a guest that sleeps when", alone: true };
const SUPERVISED = { file: "tests/hosts/trace-command.test.ts", named: "of a guest that sleeps when", alone: true };
const LEFT_OPEN = "tests/hosts/left-open.test.ts";

/** @type {import("./index.mjs").Fault[]} */
export const endings = [
  {
    name: "port-in-use",
    tests: [{ file: LIFE, named: "exits with status 2 and one line that names the port, if it is in use" }],
    mutations: [
      {
        servers: ["poll"],
        breaks: "the status is 1",
        file: FAILURE,
        from: "const FAILED = 2;",
        to: "const FAILED = 1;",
      },
      {
        servers: ["poll"],
        breaks: "it is no line, but an error with its stack",
        file: FAILURE,
        from: "if (error instanceof SystemError) {",
        to: "if (error instanceof SystemError) return undefined;\n  if (error instanceof SystemError) {",
      },
      {
        servers: ["poll"],
        breaks: "the line does not say what to do",
        file: FAILURE,
        from: "const remedy = REMEDIES[error.code];",
        to: "const remedy = undefined;",
      },
      {
        servers: ["poll"],
        breaks: "two servers share the port (SO_REUSEPORT)",
        file: DRIVER,
        from: "const SO_REUSEADDR = 2;",
        to: "const SO_REUSEADDR = 15;",
      },
    ],
  },
  {
    name: "port-again",
    tests: [{ file: LIFE, named: AGAIN }],
    mutations: [
      {
        servers: ["poll", "edge"],
        breaks: "connections of the one before keep the port (no SO_REUSEADDR)",
        file: DRIVER,
        from: "libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, scratch.buffer, 4);",
        to: "",
      },
    ],
  },
  {
    name: "signals",
    tests: [{ file: LIFE, named: AGAIN }, COMMAND, SUPERVISED],
    mutations: [
      {
        servers: ["poll", "level", "edge"],
        breaks: "a handler waits for the event loop, and that for the guest (SIGTERM)",
        file: MAIN,
        from: "\nendBySignals();\n",
        to: '\nprocess.on("SIGTERM", () => process.exit(0));\n',
      },
      {
        servers: ["poll"],
        breaks: "a handler waits for the event loop, and that for the guest (SIGINT)",
        file: MAIN,
        from: "\nendBySignals();\n",
        to: '\nprocess.on("SIGINT", () => process.exit(0));\n',
      },
      {
        servers: ["poll"],
        breaks: "a guest that is looked on is asked to end by itself",
        file: "src/cli/signals.ts",
        from: "      process.kill(process.pid, signal);\n",
        to: "",
      },
    ],
  },
  {
    name: "left-open",
    tests: [
      { file: LEFT_OPEN, named: "a guest in a worker, over the posix driver", alone: true },
      { file: LEFT_OPEN, named: "a posix driver in its embedder's thread", alone: true },
    ],
    mutations: [
      {
        servers: ["poll"],
        breaks: "nothing of an ended guest is closed",
        file: "wasi-host/worker/worker.ts",
        from: "  closeLeftOpen(left);\n",
        to: "",
      },
      {
        servers: ["poll"],
        breaks: "its connections are not",
        file: "wasi-host/drivers/posix/libc.ts",
        from: 'opening(numeric("int accept4(int fd, uintptr_t address, uintptr_t length, int flags)"))',
        to: 'f("int accept4(int fd, uintptr_t address, uintptr_t length, int flags)")',
      },
      {
        servers: ["poll"],
        breaks: "a descriptor is closed that is somebody else's by now",
        file: "wasi-host/drivers/posix/open-descriptors.ts",
        from: "words[BITS + (fd >>> 5)] &= ~(1 << (fd & 31));",
        to: "words[BITS + (fd >>> 5)] |= 0;",
      },
      {
        servers: ["poll"],
        breaks: "its machine code stays in memory",
        file: "wasi-host/drivers/posix/closing-left-open.ts",
        from: "if (code !== 0) freeCode(code);",
        to: "",
      },
      {
        servers: ["poll"],
        breaks: "the last driver of a thread leaves what sleeps took",
        file: "wasi-host/drivers/posix/watcher.ts",
        from: "if (spare >= 0) libc.close(spare);",
        to: "",
      },
    ],
  },
];

/** How a server begins and ends: a port that somebody has, a port that somebody had, a signal while it sleeps. */

const FAILURE = "src/cli/failure.ts";
const MAIN = "src/cli/main.ts";
const DRIVER = "wasi-host/drivers/posix/index.ts";

const LIFE = "tests/programs/lifecycle.test.ts";
const AGAIN = "another can have its port at once";
const COMMAND = { file: "tests/hosts/command-line.test.ts", named: "of a guest that sleeps when", alone: true };
const SUPERVISED = { file: "tests/hosts/trace-command.test.ts", named: "of a guest that sleeps when", alone: true };

/** @type {import("./index.mjs").Fault[]} */
export const endings = [
  {
    name: "port-in-use",
    tests: [{ file: LIFE, named: "ends with status 2 and one line that names the port, if that is in use" }],
    mutations: [
      {
        servers: ["poll"],
        breaks: "the status is 1",
        file: FAILURE,
        from: "export const FAILED = 2;",
        to: "export const FAILED = 1;",
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
        from: "\ntry {\n",
        to: '\nprocess.on("SIGTERM", () => process.exit(0));\ntry {\n',
      },
      {
        servers: ["poll"],
        breaks: "a handler waits for the event loop, and that for the guest (SIGINT)",
        file: MAIN,
        from: "\ntry {\n",
        to: '\nprocess.on("SIGINT", () => process.exit(0));\ntry {\n',
      },
      {
        servers: ["poll"],
        breaks: "a guest that is looked on is asked to end by itself",
        file: "src/cli/supervision.ts",
        from: "      process.kill(process.pid, signal);\n",
        to: "",
      },
    ],
  },
];

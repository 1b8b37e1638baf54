/** More connections than there is room for: in a table of the host's or of a server's, or in the process. */

const ARRIVALS = "assembly/programs/arrivals.ts";
const EPOLL = "assembly/programs/echo-epoll.ts";
const POLL = "assembly/programs/echo-poll.ts";
const POLL_ONEOFF = "wasi-host/bindings/preview1/poll.ts";
const SOCKETS = "wasi-host/bindings/preview1/sockets.ts";
const TABLE = "wasi-host/kernel/descriptors.ts";

/** @type {import("./index.mjs").Fault[]} */
export const crowds = [
  {
    name: "crowd",
    tests: [{ file: "tests/programs/endings.test.ts", named: "serves 1,000 connections at a time" }],
    mutations: [
      {
        servers: ["poll"],
        breaks: "the host's table has 512 places",
        file: "wasi-host/kernel/limits.ts",
        from: "MAX_DESCRIPTORS = 1 << 20;",
        to: "MAX_DESCRIPTORS = 1 << 9;",
      },
      {
        servers: ["level", "edge"],
        breaks: "what can be watched is not found past the first 64 numbers",
        file: TABLE,
        from: "if (fd >>> 0 < this.#handles.length) return this.#handles[fd];",
        to: "if (fd >>> 0 < 64) return this.#handles[fd];",
      },
      {
        servers: ["poll"],
        breaks: "a server's own table is full at 512, and nobody is let go",
        file: POLL,
        from: "  return true;\n}\n\n/** Removes a connection",
        to: "  return count < 512;\n}\n\n/** Removes a connection",
      },
      {
        servers: ["portable"],
        breaks: "poll_oneoff has no room for more than 64 subscriptions",
        file: POLL_ONEOFF,
        from: "if (count > this.#sources.length) this.#grow(count);",
        to: "",
      },
    ],
  },
  {
    name: "full",
    tests: [
      { file: "tests/programs/idle.test.ts", named: "without free descriptors while clients wait" },
      { file: "tests/programs/descriptors.test.ts", named: "serves accepted clients, and waiting ones" },
      { file: "tests/hosts/descriptors.test.ts", named: "accept is EMFILE, and the connection waits", alone: true },
    ],
    mutations: [
      {
        servers: ["poll"],
        breaks: "the listener is watched on, and wakes the server for nothing",
        file: POLL,
        from: "setEvents(0, full ? 0 : EPOLLIN);",
        to: "setEvents(0, EPOLLIN);",
      },
      {
        servers: ["level", "edge"],
        breaks: "the listener is watched on, and wakes the server for nothing",
        file: EPOLL,
        from: "if (full) ctl(epoll, EPOLL_CTL_DEL, listener, 0, 0);\n  else watchListener",
        to: "if (!full) watchListener",
      },
      {
        servers: ["poll"],
        breaks: "the server takes it that nobody waits any more",
        file: ARRIVALS,
        from: "if (fd < 0) return false;",
        to: "if (fd < 0) return true;",
      },
      {
        servers: ["level", "edge"],
        breaks: "the listener is not watched again when there is room",
        file: EPOLL,
        from: "  else watchListener(listener);\n",
        to: "",
      },
      {
        servers: ["poll"],
        breaks: "the host ends when a connection cannot be accepted",
        file: SOCKETS,
        from: "if (handle < 0) return -handle;",
        to: 'if (handle === -Errno.MFILE) throw new Error("full");\n      if (handle < 0) return -handle;',
      },
      {
        servers: ["portable"],
        breaks: "with its table full the host accepts what it cannot keep",
        file: SOCKETS,
        from: "if (descriptors.full) return Errno.MFILE;",
        to: "",
      },
    ],
  },
];

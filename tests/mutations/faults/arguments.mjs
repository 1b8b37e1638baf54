/** What a guest can pass that is none of its own: pointers and lengths past its memory, descriptors that are not open. */

const FILES = "wasi-host/preview1/files.ts";
const IOVECS = "wasi-host/preview1/iovecs.ts";
const MEMORY = "wasi-host/memory.ts";
const PATHS = "wasi-host/preview1/paths.ts";
const POLL = "wasi-host/preview1/poll.ts";
const SOCKETS = "wasi-host/preview1/sockets.ts";
const TABLE = "wasi-host/descriptors.ts";

/** @type {import("./index.mjs").Fault[]} */
export const arguments_ = [
  {
    name: "wild-pointers",
    tests: [
      { file: "tests/hosts/pointers.test.ts", named: "a pointer or a length past memory is EFAULT", alone: true },
      { file: "tests/hosts/pointers.test.ts", named: "an iovec past memory is EFAULT", alone: true },
    ],
    mutations: [
      {
        breaks: "a length may go past the end of memory",
        file: MEMORY,
        from: "return pointer + length <= this.bytes.length;",
        to: "return pointer <= this.bytes.length;",
      },
      {
        breaks: "the end is counted in 32 bits, and wraps",
        file: MEMORY,
        from: "return pointer + length <= this.bytes.length;",
        to: "return (pointer + length) >>> 0 <= this.bytes.length;",
      },
      {
        breaks: "the buffers of an iovec are not looked at",
        file: IOVECS,
        from: "if (!memory.holds(memory.view.getUint32(at, true), length)) return FAULT;",
        to: "",
      },
      {
        breaks: "poll_oneoff does not look where its events go",
        file: POLL,
        from: "if (!memory.holds(input, count * SUBSCRIPTION) || !memory.holds(output, count * EVENT)) return Errno.FAULT;",
        to: "if (!memory.holds(input, count * SUBSCRIPTION)) return Errno.FAULT;",
      },
      {
        breaks: "names of files are taken from anywhere",
        file: PATHS,
        from: "return memory.holds(path >>> 0, length >>> 0);",
        to: "return true;",
      },
      {
        breaks: "sock_accept finds out only when it has accepted",
        file: SOCKETS,
        from: "      if (!memory.holds(result >>> 0, 4)) return FAULT;\n",
        to: "",
        and: {
          file: SOCKETS,
          from: "      memory.view.setUint32(result >>> 0, descriptors.insert(stream), true);\n",
          to: "      if (!memory.holds(result >>> 0, 4)) return FAULT;\n      memory.view.setUint32(result >>> 0, descriptors.insert(stream), true);\n",
        },
      },
    ],
  },
  {
    name: "unknown-descriptors",
    tests: [
      { file: "tests/hosts/descriptors.test.ts", named: "a descriptor that is not open", alone: true },
      { file: "tests/hosts/poll-traps.test.ts", named: "one that is not open is an event with EBADF", alone: true },
      { file: "tests/hosts/ready-file.test.ts", named: "are EBADF in the answer to a look", alone: true },
    ],
    mutations: [
      {
        breaks: "sockets' calls take it for something that is no socket",
        file: SOCKETS,
        from: "if (descriptor === undefined) return Errno.BADF;",
        to: "",
      },
      {
        breaks: "files' calls take it for something that is no file",
        file: FILES,
        from: "if (descriptor === undefined) return -BADF;",
        to: "",
      },
      {
        breaks: "calls on directories take it for something that is none",
        file: PATHS,
        from: "if (descriptor === undefined) return -Errno.BADF;",
        to: "",
      },
      {
        breaks: "poll_oneoff finds it ready",
        file: POLL,
        from: "if (descriptor === undefined) return REFUSED - Errno.BADF;",
        to: "if (descriptor === undefined) return ALWAYS_READY;",
      },
      {
        breaks: "one that was closed can be used on",
        file: TABLE,
        from: "      this.#set(fd, undefined);\n      this.#free.push(fd);\n    }\n    return descriptor;",
        to: "      this.#free.push(fd);\n    }\n    return descriptor;",
      },
      {
        breaks: "a number past the table's end is answered as one in it",
        file: TABLE,
        from: "return this.#slots[fd];\n  }\n\n  /** The handle",
        to: "return this.#slots[fd % this.#slots.length];\n  }\n\n  /** The handle",
      },
    ],
  },
];

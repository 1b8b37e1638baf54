/** What a guest can pass that is none of its own: pointers and lengths past its memory, descriptors that are not open. */

const FILES = "wasi-host/bindings/preview1/files.ts";
const IOVECS = "wasi-host/bindings/preview1/iovecs.ts";
const MEMORY = "wasi-host/memory/guest-memory.ts";
const PATHS = "wasi-host/bindings/preview1/paths.ts";
const POLL = "wasi-host/bindings/preview1/poll.ts";
const SOCKETS = "wasi-host/bindings/preview1/sockets.ts";
const TABLE = "wasi-host/kernel/descriptors.ts";

/** @type {import("./index.mjs").Fault[]} */
export const arguments_ = [
  {
    name: "wild-pointers",
    tests: [
      { file: "tests/hosts/pointers.test.ts", named: "a pointer or a length outside memory is EFAULT", alone: true },
      { file: "tests/hosts/pointers.test.ts", named: "an iovec outside memory is EFAULT", alone: true },
    ],
    mutations: [
      {
        breaks: "a length may go past the end of memory",
        file: MEMORY,
        from: "return pointer + length <= this.#size;",
        to: "return pointer <= this.bytes.length;",
      },
      {
        breaks: "the end is counted in 32 bits, and wraps",
        file: MEMORY,
        from: "return pointer + length <= this.#size;",
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
        from: "|| !memory.holds(output, count * EVENT_SIZE)",
        to: "",
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
          from: "    memory.view.setUint32(result, descriptors.insert(stream), true);\n",
          to: "    if (!memory.holds(result, 4)) return FAULT;\n    memory.view.setUint32(result, descriptors.insert(stream), true);\n",
        },
      },
    ],
  },
  {
    name: "unknown-descriptors",
    tests: [
      { file: "tests/hosts/descriptors.test.ts", named: "a closed descriptor", alone: true },
      { file: "tests/hosts/poll-traps.test.ts", named: "a closed descriptor is an event with EBADF", alone: true },
      {
        file: "tests/hosts/ready-file.test.ts",
        named: "are EBADF one by one, and EPERM on the ready file",
        alone: true,
      },
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
        from: "return REFUSED - Errno.BADF;",
        to: "return ALWAYS_READY;",
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
        from: "this.#claimed : this.#slots[fd];",
        to: "this.#claimed : this.#slots[fd % this.#slots.length];",
      },
    ],
  },
];

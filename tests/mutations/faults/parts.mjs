/** What comes in parts: answers of several buffers, more buffers than a call takes, and options that parts depend on. */

const ENDPOINTS = "wasi-host/drivers/endpoints/driver.ts";
const IOVECS = "wasi-host/bindings/preview1/iovecs.ts";
const WRITES = "wasi-host/bindings/preview1/writes.ts";
const MESSAGES = "wasi-host/bindings/preview1/messages.ts";
const OPTIONS = "wasi-host/bindings/wasmedge/options.ts";
const POSIX = "wasi-host/drivers/posix/index.ts";
const SOCKETS = "wasi-host/bindings/preview1/sockets.ts";
const STDIO = "wasi-host/stdio/process-stdio.ts";
const STREAM = "wasi-host/drivers/shared-region/stream.ts";

const GATHERED = "tests/hosts/gathered-io.test.ts";
const MANY = "tests/hosts/many-buffers.test.ts";

/** @type {import("./index.mjs").Fault[]} */
export const parts = [
  {
    name: "answers-in-parts",
    tests: [
      { file: GATHERED, named: "sends two iovecs in one segment", alone: true },
      { file: GATHERED, named: "two iovecs arrive as one segment", alone: true },
      { file: GATHERED, named: "the process's own stdout", alone: true },
      { file: GATHERED, named: "is returned by the next call", alone: true },
      { file: "tests/hosts/no-delay.test.ts", named: "TCP_NODELAY is on", alone: true },
    ],
    mutations: [
      {
        breaks: "each iovec is a send of its own",
        file: WRITES,
        from: ": descriptor.writeVector(memory.bytes, vector);",
        to: ": descriptor.write(memory.bytes, vector.pairs[vector.first], vector.pairs[vector.first + 1]);",
      },
      {
        breaks: "the buffers of a vector go into an endpoint one by one",
        file: ENDPOINTS,
        from: "const length = vector.gather(bytes, total, gathered);",
        to: "const length = vector.gather(bytes, total, gathered.subarray(0, 20));",
      },
      {
        breaks: "the process's output gets each buffer by itself",
        file: STDIO,
        from: "const length = vector.gather(bytes, total, gathered);",
        to: "const length = vector.gather(bytes, total, gathered.subarray(0, 20));",
      },
      {
        breaks: "a receive in vain, behind bytes, takes the error with it",
        file: ENDPOINTS,
        from: "if (total > 0 && endpoint.available() === 0) break;",
        to: "",
        and: {
          file: ENDPOINTS,
          from: "if (count < 0) return this.#answer(count);\n      total += count;",
          to: "if (count < 0) return total > 0 ? total : this.#answer(count);\n      total += count;",
        },
      },
      {
        breaks: "a connection to a listener waits for acknowledgements",
        file: POSIX,
        from: "    if (address.port !== -1) sendAtOnce(fd);\n    if (address.ipv6Only",
        to: "    if (address.ipv6Only",
      },
      {
        breaks: "a connection to a listener that was inherited does",
        file: POSIX,
        from: "if (this.#listens(osDescriptor)) sendAtOnce(osDescriptor);",
        to: "",
      },
    ],
  },
  {
    name: "many-buffers",
    tests: [
      { file: MANY, named: "more than 1,024 iovecs are a short count", alone: true },
      { file: MANY, named: "is EMSGSIZE without effect", alone: true },
    ],
    mutations: [
      {
        breaks: "more iovecs than a call takes are refused",
        file: IOVECS,
        from: "  const end = iovs + taken(count) * IOVEC;\n  if (!memory.holds(iovs, end - iovs)",
        to: "  const end = iovs + taken(count) * IOVEC;\n  if (count > MAX_BUFFERS) return INVAL;\n  if (!memory.holds(iovs, end - iovs)",
      },
      {
        breaks: "a datagram is cut where its iovecs are too many",
        file: MESSAGES,
        from: "    if (count > MAX_BUFFERS) return Errno.MSGSIZE;\n    const attempt",
        to: "    const attempt",
        and: {
          file: MESSAGES,
          from: "    if (count > MAX_BUFFERS) return Errno.MSGSIZE;\n    if (to",
          to: "    if (to",
        },
      },
    ],
  },
  {
    name: "socket-options",
    tests: [{ file: "tests/hosts/socket-options.test.ts", named: "options of a TCP socket", alone: true }],
    mutations: [
      {
        breaks: "what is accepted has no timeout",
        file: SOCKETS,
        from: "    stream.receiveTimeout = listener.receiveTimeout;\n",
        to: "",
      },
      {
        breaks: "what is accepted has none of the listener's options",
        file: ENDPOINTS,
        from: "    if (endpoint.changed !== 0) accepted.inherit(endpoint.changed);\n",
        to: "",
      },
      {
        breaks: "a close that is to reset does not",
        file: STREAM,
        from: "(this.changed & (1 << RESET_ON_CLOSE)) === 0 ? REQUEST_CLOSE : REQUEST_RESET",
        to: "REQUEST_CLOSE",
      },
      {
        breaks: "a close may hold the thread",
        file: OPTIONS,
        from: "if (size === LINGER && wanted !== 0 && view.getInt32(value + LINGER_SECONDS, true) !== 0) return NOTSUP;",
        to: "",
      },
      {
        breaks: "a time may have more than a second's microseconds",
        file: OPTIONS,
        from: "|| microseconds >= 1_000_000n) return DOM;",
        to: ") return DOM;",
      },
    ],
  },
];

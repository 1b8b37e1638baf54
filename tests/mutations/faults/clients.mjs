/** What clients do: they do not read, reset, end one side, leave at once, say nothing. */

const BATCH = "wasi-host/bindings/ready-file/batch.ts";
const EPOLL = "assembly/programs/echo-epoll.ts";
const FILES = "wasi-host/bindings/preview1/files.ts";
const POLL = "assembly/programs/echo-poll.ts";
const SOCKETS = "wasi-host/bindings/preview1/sockets.ts";

const about = (/** @type {string} */ named) => [{ file: "tests/programs/endings.test.ts", named }];

/** @type {import("./index.mjs").Fault[]} */
export const clients = [
  {
    name: "backpressure",
    tests: [{ file: "tests/programs/backpressure.test.ts", named: "of a client that does not read" }],
    mutations: [
      {
        servers: ["poll"],
        breaks: "a client is read from, however much waits for it",
        file: POLL,
        from: "if (pendingAt(index).waiting > 0) {",
        to: "if (pendingAt(index).waiting > 0 && (load<u16>(fds + <usize>index * POLLFD_SIZE, POLLFD_REVENTS) & EPOLLIN) == 0) {",
        and: { file: POLL, from: "setEvents(index, EPOLLOUT);", to: "setEvents(index, EPOLLIN | EPOLLOUT);" },
      },
      {
        servers: ["edge"],
        breaks: "a client is read from, however much waits for it",
        file: EPOLL,
        from: "  if (pending.waiting == 0) return true;\n  settle(connection, false);\n  return false;\n",
        to: "  return true;\n",
        and: {
          file: EPOLL,
          from: "const again = sent == received && (received == MAX_RECEIVE || connection.unread);",
          to: "const again = received == MAX_RECEIVE || connection.unread;",
        },
      },
      {
        servers: ["level"],
        breaks: "a client is watched and read from, however much waits for it",
        file: EPOLL,
        from: "  if (pending.waiting == 0) return true;\n  settle(connection, false);\n  return false;\n",
        to: "  return true;\n",
        and: {
          file: EPOLL,
          from: "waiting > 0 ? EPOLLOUT : EPOLLIN;",
          to: "waiting > 0 ? EPOLLOUT | EPOLLIN : EPOLLIN;",
        },
      },
      {
        servers: ["level"],
        breaks: "a send sleeps until the client reads, and so do all others",
        file: SOCKETS,
        from: "const stream = new Stream(driver, handle, nonblocking);",
        to: "const stream = new Stream(driver, handle, false);",
      },
      {
        servers: ["level", "edge"],
        breaks: "what did not go out at once is dropped",
        file: EPOLL,
        from: "if (sent < received) pending.push(bufferOf(place) + sent, received - sent);",
        to: "",
      },
    ],
  },
  {
    name: "reset",
    tests: about("outlives clients that reset"),
    mutations: [
      {
        servers: ["poll"],
        breaks: "a broken connection ends the server",
        file: POLL,
        from: "if (received == -EAGAIN) continue;",
        to: "if (received == -EAGAIN) continue;\n    checkWait(received);",
      },
      {
        servers: ["level", "edge"],
        breaks: "a broken connection is tried again",
        file: EPOLL,
        from: "  if (sent < 0 && sent != -EAGAIN) {\n    end(connection);\n    return false;\n  }\n",
        to: "",
        and: { file: EPOLL, from: "if (received == -EAGAIN) settle", to: "if (received < 0) settle" },
      },
      {
        servers: ["poll"],
        breaks: "the host ends with the client",
        file: BATCH,
        from: "words[word + RESULT] = list[entry];",
        to: 'words[word + RESULT] = list[entry];\n      if (list[entry] === -Errno.CONNRESET) throw new Error("reset");',
      },
    ],
  },
  {
    name: "half-close",
    tests: [
      ...about("echoes everything to a client that half-closes"),
      ...about("echoes data followed by the end of stream"),
    ],
    mutations: [
      {
        servers: ["poll"],
        breaks: "the server does not end its side",
        file: POLL,
        from: "if (received == -EAGAIN) continue;",
        to: "if (received == -EAGAIN || received == 0) continue;",
      },
      {
        servers: ["edge"],
        breaks: "the end of a client's stream is the end of what waits for it",
        file: EPOLL,
        from: "if (edge && (readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;",
        to: "if (edge && (readiness & ~(EPOLLIN | EPOLLOUT)) != 0) {\n      end(connection);\n      continue;\n    }",
      },
      {
        servers: ["edge"],
        breaks: "an end of the stream behind a short count is not looked for",
        file: EPOLL,
        from: "if (edge && (readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;",
        to: "",
      },
      {
        servers: ["level"],
        breaks: "the server does not end its side",
        file: EPOLL,
        from: "if (received == -EAGAIN) settle",
        to: "if (received == -EAGAIN || received == 0) settle",
      },
    ],
  },
  {
    name: "leaving",
    tests: about("outlives clients that connect and leave at once"),
    mutations: [
      {
        servers: ["poll"],
        breaks: "those who leave are not closed",
        file: POLL,
        from: "  close(fd);\n",
        to: "",
      },
      {
        servers: ["level", "edge"],
        breaks: "those who leave are not closed",
        file: EPOLL,
        from: "  close(connection.fd);\n",
        to: "",
      },
      {
        servers: ["poll"],
        breaks: "the host frees the number, and leaves the socket open",
        file: FILES,
        from: "return descriptor === undefined ? BADF : 0 - descriptor.close();",
        to: "return descriptor === undefined ? BADF : 0;",
      },
    ],
  },
  {
    name: "silence",
    tests: about("serves others beside silent clients"),
    mutations: [
      {
        servers: ["poll"],
        breaks: "who has come is waited for until he says something",
        file: POLL,
        from: "  count++;\n  return true;\n",
        to: "  count++;\n  while (count > 1 && recv(fd, bufferOf(0), 1) == -EAGAIN) {}\n  return true;\n",
        and: { file: POLL, from: "import { close, send }", to: "import { close, recv, send }" },
      },
      {
        servers: ["poll"],
        breaks: "who says nothing while others do has to go",
        file: POLL,
        from: "POLLFD_REVENTS) == 0) continue;",
        to: "POLLFD_REVENTS) == 0) {\n      remove(index);\n      continue;\n    }",
      },
      {
        servers: ["level", "edge"],
        breaks: "who has come is waited for until he says something",
        file: EPOLL,
        from: "  connection.unread = false;\n",
        to: "  connection.unread = false;\n  while (recv(fd, bufferOf(0), 1) == -EAGAIN) {}\n",
        and: { file: EPOLL, from: "import { close, send }", to: "import { close, recv, send }" },
      },
    ],
  },
];

/** What clients do: they do not read, reset, end one side, leave at once, say nothing. */

const ARRIVING = "assembly/programs/echo-poll.ts";
const CONVERSATION = "assembly/programs/conversation.ts";
const EPOLL = "assembly/programs/echo-epoll.ts";
const FILES = "wasi-host/bindings/preview1/files.ts";
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
        file: CONVERSATION,
        from: "return !this.ended && changetype<Pending>(this.pending).waiting < PENDING_LIMIT;",
        to: "return !this.ended;",
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
        from: "if (sent < received) pending.push(load<u32>(at, OPERATION_BUFFER) + sent, received - sent);",
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
        breaks: "a broken connection is tried again",
        file: CONVERSATION,
        from: "if (received < 0) return received == -EAGAIN;",
        to: "if (received < 0) return true;",
        and: { file: CONVERSATION, from: "if (sent < 0) return sent == -EAGAIN;", to: "if (sent < 0) return true;" },
      },
      {
        servers: ["level", "edge"],
        breaks: "a broken connection is tried again",
        file: EPOLL,
        from: "  if (sent < 0 && sent != -EAGAIN) {\n    end(connection);\n    return false;\n  }\n",
        to: "",
        and: { file: EPOLL, from: "else if (received == -EAGAIN) settle", to: "else if (received < 0) settle" },
      },
      {
        servers: ["poll"],
        breaks: "the host ends with the client",
        file: SOCKETS,
        from: "if (got < 0) return -got;",
        to: 'if (got === -Errno.CONNRESET) throw new Error("reset");\n      if (got < 0) return -got;',
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
        breaks: "the end of a client's stream is the end of what waits for it",
        file: CONVERSATION,
        from: "this.ended = true;\n        return true;",
        to: "return false;",
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
        from: "else if (received == -EAGAIN) settle",
        to: "else if (received == -EAGAIN || received == 0) settle",
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
        file: CONVERSATION,
        from: "    close(this.fd);\n",
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
        file: ARRIVING,
        from: "  add(fd, changetype<usize>(Conversation.begin(fd)));\n",
        to: "  const conversation = Conversation.begin(fd);\n  add(fd, changetype<usize>(conversation));\n  while (conversation.receive(unchanged) && !conversation.answers && !conversation.over) {}\n",
      },
      {
        servers: ["poll"],
        breaks: "who says nothing while others do has to go",
        file: ARRIVING,
        from: "if (revents == 0) continue;",
        to: "if (revents == 0) {\n        remove(index);\n        continue;\n      }",
      },
      {
        servers: ["level", "edge"],
        breaks: "who has come is waited for until he says something",
        file: EPOLL,
        from: "  connection.unread = false;\n",
        to: "  connection.unread = false;\n  while (recv(fd, buffers, 1) == -EAGAIN) {}\n",
        and: { file: EPOLL, from: "import { close, send }", to: "import { close, recv, send }" },
      },
    ],
  },
];

/** What clients do: they do not read, reset, end one side, leave at once, say nothing. */

const ARRIVING = "assembly/programs/echo-poll.ts";
const CONVERSATION = "assembly/programs/conversation.ts";
const EPOLL = "assembly/programs/echo-epoll.ts";
const FILES = "wasi-host/preview1/files.ts";
const SOCKETS = "wasi-host/preview1/sockets.ts";

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
        from: "if (sent < 0) return sent == -EAGAIN ? DONE : OVER;\n    pending.shift(sent);\n    if (pending.waiting > 0) return DONE;",
        to: "if (sent < 0 && sent != -EAGAIN) return OVER;\n    if (sent > 0) pending.shift(sent);",
        and: {
          file: EPOLL,
          from: "pending.push(buffer + sent, received - sent);\n  if (pending.waiting > 0) return DONE;",
          to: "pending.push(buffer + sent, received - sent);",
        },
      },
      {
        servers: ["level"],
        breaks: "a client is watched and read from, however much waits for it",
        file: EPOLL,
        from: "if (sent < 0) return sent == -EAGAIN ? DONE : OVER;\n    pending.shift(sent);\n    if (pending.waiting > 0) return DONE;",
        to: "if (sent < 0 && sent != -EAGAIN) return OVER;\n    if (sent > 0) pending.shift(sent);",
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
        from: "const stream = new Stream(driver, handle, flags !== 0);",
        to: "const stream = new Stream(driver, handle, false);",
      },
      {
        servers: ["level", "edge"],
        breaks: "what did not go out at once is dropped",
        file: EPOLL,
        from: "if (sent < received) pending.push(buffer + sent, received - sent);",
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
        from: "if (sent < 0) return sent == -EAGAIN ? DONE : OVER;",
        to: "if (sent < 0) return DONE;",
        and: { file: EPOLL, from: "received == -EAGAIN ? DONE : OVER;", to: "DONE;" },
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
      ...about("gives a client that half-closes everything back"),
      ...about("gives back what was sent with the end of the stream right behind it"),
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
        from: "if ((readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;",
        to: "if ((readiness & ~(EPOLLIN | EPOLLOUT)) != 0) {\n    end(connection);\n    return;\n  }",
      },
      {
        servers: ["edge"],
        breaks: "an end of the stream behind a short count is not looked for",
        file: EPOLL,
        from: "if ((readiness & ~(EPOLLIN | EPOLLOUT)) != 0) connection.unread = true;",
        to: "",
      },
      {
        servers: ["level"],
        breaks: "the server does not end its side",
        file: EPOLL,
        from: "if (received == 0) return OVER;",
        to: "if (received == 0) return DONE;",
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
    tests: about("serves others beside clients that send nothing"),
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
        to: "  connection.unread = false;\n  while (recv(fd, buffer, 1) == -EAGAIN) {}\n",
      },
    ],
  },
];

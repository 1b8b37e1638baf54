/** The lost drain: an edge-triggered server that reads once for each event. The rest of a long message waits for ever. */
import type { Case, Exercise } from "./contract.ts";

const server = (serve: string) => `// An echo server, edge-triggered.
const listener = listen();
const ep = epoll_create();
epoll_ctl(ep, EPOLL_CTL_ADD, listener, EPOLLIN);

while (true) {
  for (const { fd } of epoll_wait(ep, 8, -1)) {
    if (fd === listener) {
      const client = accept(listener);
      epoll_ctl(ep, EPOLL_CTL_ADD, client, EPOLLIN | EPOLLET);
      continue;
    }
${serve}
  }
}
`;

/** The server's listener is its first descriptor. */
const LISTENER = 3;
const A_MINUTE = 60_000;

const cases: readonly Case[] = [
  {
    id: "short",
    clients: () => ({
      *play(act) {
        act({ call: "connect", fd: LISTENER });
        yield 1;
        act({ call: "client_send", client: 1, length: 10 });
        // A server that looks from time to time, instead of sleeping, does not come to the end of this.
        yield A_MINUTE;
        act({ call: "client_send", client: 1, length: 10 });
      },
    }),
  },
  {
    id: "long",
    clients: () => ({
      *play(act) {
        act({ call: "connect", fd: LISTENER });
        yield 1;
        act({ call: "client_send", client: 1, length: 40 });
      },
    }),
  },
  {
    id: "flood",
    clients: () => ({
      *play(act) {
        for (const client of [1, 2]) {
          act({ call: "connect", fd: LISTENER });
          act({ call: "client_flood", client });
        }
        yield 5;
        act({ call: "client_flood", client: 2 });
      },
    }),
  },
  {
    id: "half-close",
    clients: () => ({
      *play(act) {
        // A short read is no proof that the stream is drained: its end comes behind the bytes, and both are one event.
        act({ call: "connect", fd: LISTENER });
        act({ call: "client_send", client: 1, length: 20 });
        act({ call: "client_shutdown", client: 1 });
        yield 1;
      },
    }),
  },
  {
    id: "reset",
    clients: () => ({
      *play(act) {
        act({ call: "connect", fd: LISTENER });
        act({ call: "client_send", client: 1, length: 20 });
        act({ call: "client_reset", client: 1 });
        yield 1;
        act({ call: "connect", fd: LISTENER });
        yield 1;
        act({ call: "client_send", client: 2, length: 33 });
      },
    }),
  },
];

export const drain: Exercise = {
  id: "drain",
  broken: server(`    const n = recv(fd, 16);
    if (n > 0) send(fd, n);
    else if (n !== -EAGAIN) close(fd);`),
  solution: server(`    let n;
    while ((n = recv(fd, 16)) > 0) send(fd, n);
    if (n !== -EAGAIN) close(fd);`),
  cases,
};

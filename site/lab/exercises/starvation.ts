/** Starvation: an edge-triggered server that drains each socket. A client that sends as fast as it is read keeps it for itself. */

import type { Clients, Run } from "../run.ts";
import { acceptedBy, type Case, type Exercise, type Finding } from "./contract.ts";

const broken = `// An echo server, edge-triggered: it drains each socket.
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
    let n;
    while ((n = recv(fd, 16)) > 0) send(fd, n);
    if (n !== -EAGAIN) close(fd);
  }
}
`;

const solution = `// An echo server, edge-triggered: each socket gets a turn, and those that may have more wait in a list.
const listener = listen();
const ep = epoll_create();
epoll_ctl(ep, EPOLL_CTL_ADD, listener, EPOLLIN);
const more = new Set();

while (true) {
  for (const { fd } of epoll_wait(ep, 8, more.size > 0 ? 0 : -1)) {
    if (fd === listener) {
      const client = accept(listener);
      epoll_ctl(ep, EPOLL_CTL_ADD, client, EPOLLIN | EPOLLET);
    } else more.add(fd);
  }
  for (const fd of more) {
    const n = recv(fd, 16);
    if (n > 0) send(fd, n);
    else more.delete(fd);
    if (n <= 0 && n !== -EAGAIN) close(fd);
  }
}
`;

const LISTENER = 3;
/** Bytes of a greedy client, after which it stops. */
const GREED = 1600;
const PORTION = 16;
/** A client that has sent something waits for at most so many reads from one other client. */
const PATIENCE = 12;
/** Buffers in which more bytes can lie than a turn takes, so that no further arrival announces them. */
const ROOMY = { bufferSize: 1024 };

/**
 * Greedy clients send again as soon as they have been read. A polite one sends in the middle of that.
 *
 * @param greedy - how many there are: they are the first clients
 * @param last - what a greedy client sends at its end
 */
function crowd(greedy: number, last: number): Clients {
  const sent = new Map<number, number>();
  let reads = 0;
  return {
    *play(act) {
      for (let client = 1; client <= greedy + 1; client++) act({ call: "connect", fd: LISTENER });
      yield 1;
      for (let client = 1; client <= greedy; client++) act({ call: "client_send", client, length: 2 * PORTION });
    },
    react({ action, outcome }, act) {
      if (action.call !== "recv" || outcome.errno !== undefined) return;
      if (++reads === 5) act({ call: "client_send", client: greedy + 1, length: 10 });
      // Connections are accepted in their order: the first descriptors are the greedy clients'.
      const client = action.fd - LISTENER;
      if (client < 1 || client > greedy) return;
      const before = sent.get(client) ?? 0;
      sent.set(client, before + PORTION);
      if (before < GREED) act({ call: "client_send", client, length: PORTION });
      else if (before === GREED) act({ call: "client_send", client, length: last });
    },
  };
}

/** Whether the polite client has waited too long. */
function starved({ log, end }: Run, polite: number): Finding | undefined {
  const asked = log.findIndex(({ action }) => action.call === "client_send" && action.client === polite);
  const mine = acceptedBy(log, polite);
  const others = new Map<number, number>();
  for (const { action, line } of log.slice(asked)) {
    if (action.call === "send" && action.fd === mine) return undefined;
    if (action.call !== "recv") continue;
    const reads = (others.get(action.fd) ?? 0) + 1;
    others.set(action.fd, reads);
    if (reads > PATIENCE) return { why: "starved", line, client: polite };
  }
  return { why: "unanswered", line: end.line, client: polite };
}

const cases: readonly Case[] = [
  {
    id: "alone",
    clients: () => ({
      *play(act) {
        act({ call: "connect", fd: LISTENER });
        yield 1;
        act({ call: "client_send", client: 1, length: 40 });
        yield 60_000;
        act({ call: "client_flood", client: 1 });
        act({ call: "client_shutdown", client: 1 });
      },
    }),
  },
  { id: "greedy", clients: () => crowd(1, PORTION), judge: (run) => starved(run, 2) },
  { id: "two-greedy", clients: () => crowd(2, PORTION), judge: (run) => starved(run, 3) },
  // A server that only reads less for each event forgets what is left.
  { id: "rest", settings: ROOMY, clients: () => crowd(1, 512), judge: (run) => starved(run, 2) },
  {
    id: "half-close",
    settings: ROOMY,
    clients: () => ({
      *play(act) {
        act({ call: "connect", fd: LISTENER });
        act({ call: "client_send", client: 1, length: 500 });
        act({ call: "client_shutdown", client: 1 });
        yield 1;
      },
    }),
  },
];

export const starvation: Exercise = { id: "starvation", broken, solution, cases };

/** The thundering herd: four workers wait for one listener. Each connection wakes all of them, and three find nothing. */
import type { Run } from "../run.ts";
import type { Case, Exercise, Finding } from "./contract.ts";

const server = (interest: string) => `// Four workers, each with its own epoll instance, share a listener.
const listener = listen();

function worker() {
  const ep = epoll_create();
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, ${interest});
  while (true) {
    for (const { fd } of epoll_wait(ep, 8, -1)) {
      if (fd === listener) {
        const client = accept(listener);
        if (client >= 0) epoll_ctl(ep, EPOLL_CTL_ADD, client, EPOLLIN);
        continue;
      }
      const n = recv(fd, 16);
      if (n > 0) send(fd, n);
      else if (n !== -EAGAIN) close(fd);
    }
  }
}

for (let i = 0; i < 4; i++) spawn(worker);
`;

const LISTENER = 3;
const WORKERS = 4;

/** Whether a connection that came alone has woken more than one worker. */
function wakesSeveral({ log }: Run): Finding | undefined {
  let woken = 0;
  for (const { action, outcome, line } of log) {
    if (action.call === "connect") woken = 0;
    const forListener = outcome.events?.some(({ fd }) => fd === LISTENER) === true;
    if (action.call === "wake" && forListener && ++woken > 1) return { why: "herd", line };
  }
  return undefined;
}

/** Whether connections that came together were taken by fewer workers than there should be. */
function idleWorkers({ log }: Run): Finding | undefined {
  const accepted = log.filter(({ action, outcome }) => action.call === "accept" && outcome.errno === undefined);
  const workers = new Set(accepted.map(({ worker }) => worker));
  return workers.size < WORKERS ? { why: "idle-workers", line: accepted.at(-1)?.line } : undefined;
}

const cases: readonly Case[] = [
  {
    id: "one",
    clients: () => ({
      *play(act) {
        for (const client of [1, 2, 3]) {
          act({ call: "connect", fd: LISTENER });
          yield 5;
          act({ call: "client_send", client, length: 10 });
          yield 5;
        }
      },
    }),
    judge: wakesSeveral,
  },
  {
    id: "burst",
    clients: () => ({
      *play(act) {
        for (let client = 1; client <= WORKERS; client++) act({ call: "connect", fd: LISTENER });
        yield 5;
        for (let client = 1; client <= WORKERS; client++) act({ call: "client_flood", client });
      },
    }),
    judge: idleWorkers,
  },
  {
    id: "many",
    clients: () => ({
      *play(act) {
        for (let client = 1; client <= 3 * WORKERS; client++) act({ call: "connect", fd: LISTENER });
        yield 5;
        for (let client = 1; client <= 3 * WORKERS; client++) {
          act({ call: "client_send", client, length: 20 });
          act({ call: "client_shutdown", client });
        }
      },
    }),
  },
];

export const herd: Exercise = {
  id: "herd",
  broken: server("EPOLLIN"),
  solution: server("EPOLLIN | EPOLLEXCLUSIVE"),
  cases,
};

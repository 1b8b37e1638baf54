/** Random actions: most of them are about descriptors, clients and instances that exist. */
import fc from "fast-check";
import { INSTANCE_FD_BASE } from "../../assembly/abi/epoll.ts";
import type { Action } from "../../site/session/actions.ts";
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLRDHUP } from "../../src/index.ts";

/** Two listeners' worth of connections and three instances, so that the actions after them have something to act on. */
export const PROLOGUE: readonly Action[] = [
  { call: "listen" },
  ...[1, 2, 3].flatMap((): Action[] => [
    { call: "connect", fd: 3 },
    { call: "accept", fd: 3 },
  ]),
  ...[1, 2, 3].map((): Action => ({ call: "epoll_create" })),
];

const fd = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 3, max: 7 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3, max: 14 }) },
);
const ep = fc.integer({ min: 0, max: 3 }).map((index) => INSTANCE_FD_BASE + index);
const client = fc.integer({ min: 1, max: 5 });
const length = fc.constantFrom(1, 2, 7, 40, 200);
const timeout = fc.constantFrom(0, 0, 0, -1, 5);
const events = fc
  .tuple(
    fc.constantFrom(EPOLLIN, EPOLLIN, EPOLLIN | EPOLLRDHUP, EPOLLOUT, EPOLLIN | EPOLLOUT),
    fc.constantFrom(0, EPOLLET, 0, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT, EPOLLEXCLUSIVE),
  )
  .map(([interest, flags]) => (interest | flags) >>> 0);

const of = (weight: number, arbitrary: fc.Arbitrary<Action>) => ({ weight, arbitrary });
const record = <A extends Action>(call: A["call"], fields: object) =>
  fc.record({ call: fc.constant(call), ...fields }) as unknown as fc.Arbitrary<Action>;

export const action: fc.Arbitrary<Action> = fc.oneof(
  of(1, record("listen", {})),
  of(3, record("accept", { fd: fc.constant(3) })),
  of(8, record("recv", { fd, length })),
  of(4, record("recv", { fd })),
  of(4, record("send", { fd, length })),
  of(1, record("shutdown", { fd })),
  of(2, record("close", { fd })),
  of(1, record("epoll_create", {})),
  of(12, record("epoll_ctl", { ep, op: fc.constantFrom("add", "add", "add", "mod", "mod", "del"), fd, events })),
  of(2, record("epoll_ctl", { ep, op: fc.constantFrom("add", "del"), fd: ep, events })),
  of(12, record("epoll_wait", { ep, most: fc.constantFrom(1, 2, 8), timeout })),
  of(1, record("poll", { fds: fc.array(fc.tuple(fd, fc.constantFrom(1, 4, 5)), { maxLength: 4 }), timeout })),
  of(
    1,
    record("select", { readers: fc.array(fd, { maxLength: 3 }), writers: fc.array(fd, { maxLength: 2 }), timeout }),
  ),
  of(3, record("connect", { fd: fc.constant(3) })),
  of(12, record("client_send", { client, length })),
  of(3, record("client_flood", { client })),
  of(2, record("client_recv", { client, length })),
  of(2, record("client_reads", { client, on: fc.boolean() })),
  of(1, record("client_shutdown", { client })),
  of(1, record("client_close", { client })),
  of(1, record("client_reset", { client })),
  of(2, record("advance", { ms: fc.constantFrom(1, 5, 300) })),
);

export const actions = fc
  .array(action, { minLength: 20, maxLength: 80, size: "max" })
  .map((list) => [...PROLOGUE, ...list]);

/**
 * Random programs: what fast-check generates and shrinks.
 *
 * An operation is a kind and three small numbers. Their meaning is decided when they run (`player.ts`), from the open
 * objects, so that a sequence stays meaningful when fast-check removes operations.
 */
import fc from "fast-check";
import * as epoll from "../../src/constants.ts";

const KINDS = [
  ["ctl", 26],
  ["wait", 20],
  ["send", 15],
  ["recv", 9],
  ["drain", 5],
  ["poll", 5],
  ["select", 3],
  ["fill", 2],
  ["open", 2],
  ["accept", 1],
  ["shutdown", 1],
  ["close", 1],
  ["urgent", 1],
  ["takeError", 1],
  ["create", 1],
  ["closeEpoll", 1],
] as const;

type Kind = (typeof KINDS)[number][0];

export interface Operation {
  readonly kind: Kind;
  readonly on: number;
  readonly how: number;
  readonly which: number;
}

const MAX_OPERATIONS = 60;

/** Without fast-check's default bias towards small and large numbers. */
const small = fc.noBias(fc.nat(0xffff));
const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.oneof(...KINDS.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) }))),
  on: small,
  how: small,
  which: small,
});

const { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLRDNORM, EPOLLWRNORM, EPOLLRDBAND, EPOLLWRBAND } = epoll;
const { EPOLLERR, EPOLLHUP, EPOLLMSG } = epoll;

const USUAL = [
  EPOLLIN,
  EPOLLOUT,
  EPOLLIN | EPOLLOUT,
  EPOLLIN | EPOLLRDHUP,
  EPOLLIN | EPOLLOUT | EPOLLRDHUP,
  EPOLLRDHUP,
  0,
];
const BITS = [
  ...[EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLRDNORM, EPOLLWRNORM, EPOLLRDBAND, EPOLLWRBAND],
  ...[EPOLLERR, EPOLLHUP, EPOLLMSG],
];

const interest = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...USUAL) },
  { weight: 1, arbitrary: fc.subarray(BITS).map((bits) => bits.reduce((sum, bit) => sum | bit, 0)) },
);

export interface Sequence {
  readonly epolls: number;
  readonly streams: readonly number[];
  /** The interests of its watches: few, so that many are equal and their order can be compared. */
  readonly interests: readonly number[];
  readonly nesting: boolean;
  /** 0: data moves through `Socket`; 1: past the engine; 2: either, at random. */
  readonly past: number;
  readonly prompt: boolean;
  readonly operations: readonly Operation[];
}

export const sequences: fc.Arbitrary<Sequence> = fc.record({
  epolls: fc.integer({ min: 1, max: 3 }),
  streams: fc.array(small, { minLength: 1, maxLength: 3 }),
  interests: fc.array(interest, { minLength: 1, maxLength: 3 }),
  nesting: fc.boolean(),
  past: fc.nat(2),
  prompt: fc.boolean(),
  operations: fc.noBias(fc.array(operation, { minLength: 1, maxLength: MAX_OPERATIONS, size: "max" })),
});

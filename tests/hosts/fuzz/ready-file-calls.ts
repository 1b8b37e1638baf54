/**
 * Requests to the ready file (`wasi-host/bindings/ready-file/`): operations by fd_write, each one buffer with an array,
 * and wakeups by fd_read. Of 30,000 calls made only by their signatures, five are such requests, and all are refused:
 * so these are made on purpose.
 */
import fc from "fast-check";
import { POLLFD_SIZE } from "../../../assembly/abi/epoll.ts";
import {
  OP_ACCEPT,
  OP_ARM,
  OP_LOOK,
  OP_NOP,
  OP_RECV,
  OP_SEND,
  OP_STOP,
  OP_VERSION,
  OPERATION_SIZE,
} from "../../../assembly/abi/operation.ts";
import { READY_FILE } from "../../../assembly/abi/ready-file.ts";
import { ABI_VERSION } from "../../../assembly/abi/version.ts";
import type { Call, Poke, Word } from "./steps.ts";
import { fdFor, length, place, pointer, small } from "./values.ts";

/** An operation's result before the call: it shows which one the host leaves out. */
const UNTOUCHED = 0x5555;
/** More than 64, the limit of one call. */
const MANY = 70;

const readyFile = fc.oneof(
  { weight: 9, arbitrary: fc.constant(READY_FILE) },
  { weight: 1, arbitrary: fdFor("sock_recv") },
);
/** A call has four pointers, which must all be valid before it has an effect. */
const at = fc.oneof({ weight: 5, arbitrary: place }, { weight: 1, arbitrary: pointer });
/** Mostly streams; also other descriptors, and the ready file itself. */
const fd = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(7, 8, 8, 12) },
  { weight: 2, arbitrary: fdFor("sock_recv") },
  { weight: 1, arbitrary: fc.constantFrom(READY_FILE, -1, -2, 0x4000_0000) },
);
/** Readiness bits, also unknown ones. */
const mask = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1, 4, 5, 0x2001, 0x2005) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
);
/** A listener for accepts. */
const LISTENERS = fc.constantFrom(3, 3, 7, 9);

const pollfd: fc.Arbitrary<readonly Word[]> = fc
  .tuple(fd, mask, fc.constantFrom(0, 0, 1, 65_535))
  .map(([of, events, revents]) => [of, events | (revents << 16)]);

/** An operation's words, and the contents of its buffer. */
interface Operation {
  readonly words: readonly Word[];
  readonly pokes: readonly Poke[];
}

function operation(op: Word, of: Word, buffer: Word, size: Word, events: Word, pokes: readonly Poke[] = []): Operation {
  return { words: [op, of, buffer, size, 0, 0, UNTOUCHED, events], pokes };
}

const moving = fc
  .tuple(fc.constantFrom(OP_RECV, OP_SEND), fd, at, length)
  .map(([op, of, buffer, size]) => operation(op, of, buffer, size, 0));
const arming = fc
  .tuple(fc.constantFrom(OP_ARM, OP_ARM, OP_STOP), fd, mask)
  .map(([op, of, events]) => operation(op, of, 0, 0, events));
const accepting = fc.oneof(LISTENERS, fd).map((of) => operation(OP_ACCEPT, of, 0, 0, 0));
const looking = fc
  .record({
    buffer: at,
    entries: fc.array(pollfd, { maxLength: 5, size: "max" }),
    room: fc.option(length, { freq: 6 }),
  })
  .map(({ buffer, entries, room }) =>
    operation(
      OP_LOOK,
      0,
      buffer,
      room ?? entries.length * POLLFD_SIZE,
      0,
      entries.length === 0 ? [] : [{ at: buffer, words: entries.flat() }],
    ),
  );
const unknown = fc
  .tuple(fc.oneof(fc.constantFrom<Word>(OP_NOP, OP_VERSION + 1, -1), small), fd, at, length, mask)
  .map(([op, of, buffer, size, events]) => operation(op, of, buffer, size, events));

const agreeing = fc.constant(operation(OP_VERSION, ABI_VERSION, 0, 0, 0));

const any = fc.oneof(
  { weight: 5, arbitrary: moving },
  { weight: 4, arbitrary: arming },
  { weight: 3, arbitrary: looking },
  { weight: 1, arbitrary: accepting },
  { weight: 1, arbitrary: unknown },
  { weight: 1, arbitrary: agreeing },
);

/** A pointer to the one buffer, and their number; the buffer holds the array. */
const submitted: fc.Arbitrary<Call> = fc
  .record({
    file: readyFile,
    iovec: at,
    buffer: at,
    operations: fc.oneof(
      { weight: 9, arbitrary: fc.array(any, { maxLength: 5, size: "max" }) },
      {
        weight: 1,
        arbitrary: fc.tuple(any, fc.nat(MANY)).map(([one, count]) => new Array<Operation>(count).fill(one)),
      },
    ),
    room: fc.option(length, { freq: 6 }),
    count: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2),
    result: at,
  })
  .map(({ file, iovec, buffer, operations, room, count, result }) => ({
    call: "fd_write",
    args: [file, iovec, count, result],
    pokes: [
      ...operations.flatMap(({ pokes }) => pokes),
      ...(operations.length === 0 ? [] : [{ at: buffer, words: operations.flatMap(({ words }) => words) }]),
      { at: iovec, words: [buffer, room ?? operations.length * OPERATION_SIZE] },
    ],
  }));

const taken: fc.Arbitrary<Call> = fc
  .record({
    file: readyFile,
    iovec: at,
    buffer: at,
    room: length,
    count: fc.constantFrom(1, 1, 1, 1, 0, 2),
    result: at,
  })
  .map(({ file, iovec, buffer, room, count, result }) => ({
    call: "fd_read",
    args: [file, iovec, count, result],
    pokes: [{ at: iovec, words: [buffer, room] }],
  }));

export const READY_FILE_CALLS: readonly fc.WeightedArbitrary<Call>[] = [
  { weight: 26, arbitrary: submitted },
  { weight: 6, arbitrary: taken },
];

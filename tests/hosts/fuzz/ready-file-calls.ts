/**
 * What the ready file is asked (`wasi-host/ready-file.ts`): requests by fd_write, and by sock_recv a peek, a read that
 * sleeps, and transfers. Each is one buffer with an array in it. Of 30,000 calls made by their signatures alone five are
 * such, and all five are refused: so these are made for it.
 */
import fc from "fast-check";
import { OP_RECV, OP_SEND, POLLFD_SIZE, RECORD_SIZE, TRANSFER_SIZE } from "../../../assembly/memory/layout.ts";
import type { Call, Word } from "./steps.ts";
import { fdFor, length, place, pointer, small } from "./values.ts";

/** As `hostile-guest.ts` has it; a guest may have renumbered it. */
const READY_FILE = 5;
const [TRANSFER, PEEK, WAITALL] = [0, 1, 2];
/** What a transfer's result was before: a host that leaves one out is seen by it. */
const UNTOUCHED = 0x5555;
/** Over 64, which is what one call makes. */
const MANY = 70;

const readyFile = fc.oneof(
  { weight: 9, arbitrary: fc.constant(READY_FILE) },
  { weight: 1, arbitrary: fdFor("sock_recv") },
);
/** A call has four pointers, and all have to be good before anything is done. */
const at = fc.oneof({ weight: 5, arbitrary: place }, { weight: 1, arbitrary: pointer });
/** Streams more often than not; what is none, and the ready file itself, as well. */
const fd = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(7, 8, 8, 12) },
  { weight: 2, arbitrary: fdFor("sock_recv") },
  { weight: 1, arbitrary: fc.constantFrom(READY_FILE, -1, -2, 0x4000_0000) },
);
/** Readiness bits, those that mean nothing too. */
const mask = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1, 4, 5, 0x2001, 0x2005) },
  { weight: 1, arbitrary: fc.nat(0xffff) },
);
const op = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(OP_RECV, OP_SEND) }, { weight: 1, arbitrary: small });

const request: fc.Arbitrary<readonly Word[]> = fc
  .tuple(fd, mask, fc.constantFrom(1, 1, 1, 2, 2, 2, 0, 3, 65_535))
  .map(([of, events, what]) => [of, events | (what << 16)]);
const pollfd: fc.Arbitrary<readonly Word[]> = fc
  .tuple(fd, mask, fc.constantFrom(0, 0, 1, 65_535))
  .map(([of, events, revents]) => [of, events | (revents << 16)]);
const transfer: fc.Arbitrary<readonly Word[]> = fc
  .tuple(op, fd, at, length)
  .map(([what, of, buffer, size]) => [what, of, buffer, size, UNTOUCHED]);

/** A pointer to the one buffer, and how many there are; in the buffer the array, of which `size` bytes are an element. */
function inOneBuffer(size: number, element: fc.Arbitrary<readonly Word[]>): fc.Arbitrary<Pick<Call, "args" | "pokes">> {
  const few = fc.array(element, { maxLength: 5, size: "max" });
  const many = fc.tuple(element, fc.nat(MANY)).map(([one, count]) => new Array<readonly Word[]>(count).fill(one));
  return fc
    .record({
      iovec: at,
      buffer: at,
      elements: fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: many }),
      room: fc.option(length, { nil: undefined, freq: 6 }),
      count: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2),
    })
    .map(({ iovec, buffer, elements, room = elements.length * size, count }) => ({
      args: [iovec, count],
      pokes: [
        ...(elements.length === 0 ? [] : [{ at: buffer, words: elements.flat() }]),
        { at: iovec, words: [buffer, room] },
      ],
    }));
}

function received(flags: number, content: fc.Arbitrary<Pick<Call, "args" | "pokes">>): fc.Arbitrary<Call> {
  return fc.tuple(readyFile, content, at, at).map(([file, { args, pokes }, result, resultFlags]) => ({
    call: "sock_recv",
    args: [file, ...args, flags, result, resultFlags],
    pokes,
  }));
}

/** With what is armed by it the others have something to tell. */
const requested: fc.Arbitrary<Call> = fc
  .tuple(readyFile, inOneBuffer(RECORD_SIZE, request), at)
  .map(([file, { args, pokes }, result]) => ({ call: "fd_write", args: [file, ...args, result], pokes }));

export const READY_FILE_CALLS: readonly fc.WeightedArbitrary<Call>[] = [
  { weight: 8, arbitrary: requested },
  { weight: 12, arbitrary: received(TRANSFER, inOneBuffer(TRANSFER_SIZE, transfer)) },
  { weight: 6, arbitrary: received(PEEK, inOneBuffer(POLLFD_SIZE, pollfd)) },
  // It is read into: what is there before does not matter, but its room does.
  { weight: 6, arbitrary: received(WAITALL, inOneBuffer(RECORD_SIZE, request)) },
];

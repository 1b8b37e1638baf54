/** The rings and queues that join the halves of a buffered driver (wasi-host/drivers/buffered/). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Block } from "../../wasi-host/drivers/buffered/block.ts";
import { ByteRing } from "../../wasi-host/drivers/buffered/byte-ring.ts";
import {
  dropDatagram,
  lookAtDatagram,
  peekDatagram,
  putDatagram,
} from "../../wasi-host/drivers/buffered/datagram-record.ts";
import { LOCAL, NOTICE_BYTES, NOTICE_STATE, REMOTE } from "../../wasi-host/drivers/buffered/layout.ts";
import { Signals } from "../../wasi-host/drivers/buffered/signals.ts";

const SIZE = 61;

function ring(size = SIZE): ByteRing {
  return new ByteRing(new Int32Array(new SharedArrayBuffer(8)), 0, 1, new Uint8Array(new SharedArrayBuffer(size)));
}

describe("a ring of bytes", () => {
  it("gives what was put in, in order, as much as fits, whatever is asked for when", () => {
    const step = fc.record({
      do: fc.constantFrom("push" as const, "take" as const, "oldest" as const, "peek" as const),
      length: fc.integer({ min: 0, max: SIZE + 5 }),
      skip: fc.integer({ min: 0, max: 9 }),
    });
    const alike = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const subject = ring();
      const model: number[] = [];
      const bytes = new Uint8Array(SIZE + 20);
      let next = 0;
      for (const { do: what, length, skip } of steps) {
        if (what === "push") {
          const source = Uint8Array.from({ length: length + skip }, () => next++);
          const count = subject.push(source, skip, length);
          expect(count).toBe(Math.min(length, SIZE - model.length));
          model.push(...source.subarray(skip, skip + count));
        } else if (what === "take") {
          const count = subject.peek(bytes, 3, length);
          expect([...bytes.subarray(3, 3 + count)]).toEqual(model.slice(0, length));
          subject.drop(count);
          model.splice(0, count);
        } else if (what === "peek") {
          const count = subject.peek(bytes, 0, length, skip);
          expect([...bytes.subarray(0, count)]).toEqual(model.slice(skip, skip + length));
        } else {
          const oldest = subject.oldest();
          expect(oldest.length > 0).toBe(model.length > 0);
          expect([...oldest]).toEqual(model.slice(0, oldest.length));
        }
        expect([subject.length, subject.room]).toEqual([model.length, SIZE - model.length]);
      }
    });
    fc.assert(alike, { numRuns: 2000 });
  });

  it("tells a full one from an empty one, wherever it begins", () => {
    const subject = ring();
    for (let round = 0; round < 3 * SIZE; round++) {
      expect(subject.push(new Uint8Array(SIZE), 0, SIZE)).toBe(SIZE);
      expect([subject.length, subject.push(new Uint8Array(1), 0, 1)]).toEqual([SIZE, 0]);
      subject.drop(SIZE);
      expect([subject.length, subject.oldest().length]).toEqual([0, 0]);
      subject.push(new Uint8Array(1), 0, 1);
      subject.drop(1);
    }
  });

  it("holds datagrams whole, with their addresses, or not at all", () => {
    const subject = ring(300);
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    for (let round = 0; round < 50; round++) {
      const address = { host: round % 2 === 0 ? "127.0.0.1" : "fe80::1%eth0", port: round };
      expect(putDatagram(subject, address, bytes, 10, 90)).toBe(true);
      expect(putDatagram(subject, address, bytes, 0, 0)).toBe(true);
      expect(putDatagram(subject, address, bytes, 0, 100)).toBe(false);
      const from = { host: "", port: 0 };
      expect(lookAtDatagram(subject, from)).toBe(90);
      expect(from).toEqual(address);
      const read = new Uint8Array(90);
      peekDatagram(subject, read, 0, 90);
      expect(read).toEqual(bytes.subarray(10));
      dropDatagram(subject, 90);
      expect(lookAtDatagram(subject)).toBe(0);
      dropDatagram(subject, 0);
      expect(lookAtDatagram(subject)).toBe(-1);
    }
  });
});

describe("signals between the halves", () => {
  it("name each line once, with all that there is of news, in the order of the first", () => {
    const block = Block.create();
    const other = new Block(block.buffer);
    const [tell, hear] = [Signals.notices(block), Signals.notices(other)];
    const lines = [block.fresh()!, block.fresh()!, block.fresh()!];
    expect(lines.map((line) => tell.raise(line, NOTICE_STATE))).toEqual([true, true, true]);
    expect(tell.raise(lines[0], NOTICE_BYTES)).toBe(false);
    for (const line of lines) {
      const heard = hear.next()!;
      expect(heard.index).toBe(line.index);
      expect(hear.take(heard)).toBe(line === lines[0] ? NOTICE_STATE | NOTICE_BYTES : NOTICE_STATE);
    }
    expect([hear.pending, hear.next()]).toEqual([false, undefined]);
    expect([tell.raise(lines[1], NOTICE_BYTES), hear.next()!.index]).toEqual([true, lines[1].index]);
  });

  it("are never more than lines, though each is taken and told of again and again", () => {
    const block = Block.create();
    const [tell, hear] = [Signals.requests(block), Signals.requests(new Block(block.buffer))];
    const lines = [block.fresh()!, block.fresh()!, block.fresh()!];
    for (let turn = 0; turn < 4 * block.most; turn++) {
      const line = lines[turn % 3];
      expect(tell.raise(line, 1)).toBe(true);
      const heard = hear.next()!;
      expect([heard.index, hear.take(heard)]).toEqual([line.index, 1]);
    }
    expect(hear.pending).toBe(false);
  });
});

describe("a block", () => {
  it("grows as lines are used, by either side, and both see the same lines", () => {
    const [one, other] = ((block) => [block, new Block(block.buffer)])(Block.create());
    const before = one.buffer.byteLength;
    const indices = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : other).fresh()!.index);
    expect(indices).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(one.buffer.byteLength).toBeGreaterThan(before);
    one.line(39).setAddress(LOCAL, { host: "::1", port: 65_535 });
    one.line(39).setAddress(REMOTE, { host: "/ä", port: -1 });
    one.line(39).outgoing.push(Uint8Array.of(1, 2, 3), 0, 3);
    expect(other.line(39).address(LOCAL)).toEqual({ host: "::1", port: 65_535 });
    expect(other.line(39).address(REMOTE)).toEqual({ host: "/ä", port: -1 });
    expect([...other.line(39).outgoing.oldest()]).toEqual([1, 2, 3]);
  });

  it("has no line beyond its last", () => {
    const block = Block.create();
    for (let index = 0; index < block.most; index++) expect(block.fresh()?.index).toBe(index);
    expect([block.fresh(), block.fresh()]).toEqual([undefined, undefined]);
  });
});

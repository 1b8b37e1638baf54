/** A pipe of sixteen pages, as fs/pipe.c has it: pages are full and free, not bytes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../../wasi-host/abi/errno.ts";
import { ERR, HUP } from "../../../../../wasi-host/abi/readiness.ts";
import type { Endpoint } from "../../../../../wasi-host/drivers/endpoints/endpoint.ts";
import { READABLE, WRITABLE } from "../../../../../wasi-host/drivers/endpoints/endpoint.ts";
import { openPipe } from "../../../../../wasi-host/drivers/endpoints/pipe.ts";

const PAGE = 8;
const SIZE = 16 * PAGE;
const { AGAIN, BADF, NOTSOCK, NOTSUP, PIPE } = Errno;

const write = (pipe: Endpoint, length: number) => pipe.send(new Uint8Array(length), 0, length);
const read = (pipe: Endpoint, length: number) => pipe.recv(new Uint8Array(length), 0, length, false);

/** Counts the wakeups of an endpoint. */
function wakeups(endpoint: Endpoint): { count: number } {
  const counted = { count: 0 };
  endpoint.wakers = { next: null, filter: 0xffff, wake: () => counted.count++, end() {} };
  return counted;
}

describe("a pipe", () => {
  it("returns the written bytes in order", () => {
    const [reader, writer] = openPipe(SIZE);
    writer.send(Uint8Array.of(1, 2, 3), 0, 3);
    writer.send(Uint8Array.of(4, 5), 1, 1);
    const target = new Uint8Array(9);
    expect(reader.recv(target, 1, 8, false)).toBe(4);
    expect([...target.subarray(0, 6)]).toEqual([0, 1, 2, 3, 5, 0]);
  });

  it("returns EAGAIN to a reader when empty, and to a writer when all pages are used", () => {
    const [reader, writer] = openPipe(SIZE);
    expect([read(reader, 1), write(writer, SIZE + 5), write(writer, 1)]).toEqual([-AGAIN, SIZE, -AGAIN]);
  });

  it("is writable while a page is free, and readable while it holds a byte", () => {
    const [reader, writer] = openPipe(SIZE);
    expect([reader.level(), writer.level()]).toEqual([0, WRITABLE]);
    write(writer, SIZE);
    expect([reader.level(), writer.level()]).toEqual([READABLE, 0]);
  });

  it("appends a small write to the last page if it fits", () => {
    const [, writer] = openPipe(SIZE);
    for (let count = 0; count < SIZE; count++) expect(write(writer, 1)).toBe(1);
    expect(write(writer, 1)).toBe(-AGAIN);
  });

  it("starts a new page for a write that does not fit into the last page", () => {
    const [, writer] = openPipe(SIZE);
    for (let page = 0; page < 16; page++) expect(write(writer, PAGE - 2)).toBe(PAGE - 2);
    expect(write(writer, PAGE - 2)).toBe(-AGAIN);
  });

  it("frees a page only when all of it is read", () => {
    const [reader, writer] = openPipe(SIZE);
    write(writer, SIZE);
    read(reader, PAGE - 1);
    expect([writer.level(), write(writer, 1)]).toEqual([0, -AGAIN]);
    read(reader, 1);
    expect([writer.level(), write(writer, PAGE + 1)]).toEqual([WRITABLE, PAGE]);
  });

  it("wakes the writer only when a page becomes free after all were used", () => {
    const [reader, writer] = openPipe(SIZE);
    const woken = wakeups(writer);
    write(writer, SIZE);
    read(reader, PAGE - 1);
    expect(woken.count).toBe(0);
    read(reader, 1);
    expect(woken.count).toBe(1);
    read(reader, PAGE);
    expect(woken.count).toBe(1);
  });

  it("wakes the reader for each write, even a failed one (EAGAIN)", () => {
    const [reader, writer] = openPipe(SIZE);
    const woken = wakeups(reader);
    write(writer, SIZE);
    write(writer, 1);
    expect(woken.count).toBe(2);
  });

  it("reports the number of readable bytes at either end", () => {
    const [reader, writer] = openPipe(SIZE);
    write(writer, 5);
    expect([reader.available(), writer.available()]).toEqual([5, 5]);
  });

  it("does nothing for a length of 0", () => {
    const [reader, writer] = openPipe(SIZE);
    expect([read(reader, 0), write(writer, 0)]).toEqual([0, 0]);
  });

  it("has at least one page of one byte", () => {
    const [, writer] = openPipe(1);
    expect(write(writer, 100)).toBe(16);
  });
});

describe("the ends of a pipe", () => {
  it("are one-way: the other direction is EBADF", () => {
    const [reader, writer] = openPipe(SIZE);
    expect([write(reader, 1), read(writer, 1)]).toEqual([-BADF, -BADF]);
  });

  it("cannot be peeked at, shut down or accepted from", () => {
    const [reader, writer] = openPipe(SIZE);
    for (const end of [reader, writer]) {
      expect(end.recv(new Uint8Array(1), 0, 1, true)).toBe(-NOTSUP);
      expect([end.shutdown(1), end.accept()]).toEqual([-NOTSOCK, -NOTSOCK]);
    }
  });

  it("let a reader read the rest and then the end after the writer closed", () => {
    const [reader, writer] = openPipe(SIZE);
    write(writer, 3);
    const woken = wakeups(reader);
    writer.close();
    expect([woken.count, reader.level(), read(reader, 9), read(reader, 9), reader.level()]).toEqual([
      1,
      READABLE | HUP,
      3,
      0,
      HUP,
    ]);
  });

  it("give the writer EPIPE and ERR after the reader closed", () => {
    const [reader, writer] = openPipe(SIZE);
    const woken = wakeups(writer);
    reader.close();
    expect([woken.count, writer.level(), write(writer, 1)]).toEqual([1, WRITABLE | ERR, -PIPE]);
  });
});

it("keeps all bytes for any writes and reads", () => {
  const step = fc.record({ write: fc.boolean(), length: fc.integer({ min: 1, max: 3 * PAGE }) });
  const exact = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const [reader, writer] = openPipe(SIZE);
    const model: number[] = [];
    let next = 0;
    for (const { write, length } of steps) {
      if (write) {
        const bytes = Uint8Array.from({ length }, () => next++);
        const count = writer.send(bytes, 0, length);
        if (count === -AGAIN) expect(writer.level()).toBe(0);
        else model.push(...bytes.subarray(0, count));
      } else {
        const target = new Uint8Array(length);
        const count = reader.recv(target, 0, length, false);
        expect(count).toBe(model.length === 0 ? -AGAIN : Math.min(length, model.length));
        if (count > 0) expect([...target.subarray(0, count)]).toEqual(model.splice(0, count));
      }
      expect(reader.available()).toBe(model.length);
    }
  });
  fc.assert(exact, { numRuns: 300 });
});

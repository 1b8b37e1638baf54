/**
 * wasi:io/streams.
 *
 * A list must be exactly as long as its allocation, because languages free it by its length. So bytes are received into
 * scratch memory and copied. After a large read, the driver is asked for the number of bytes, and the next read goes
 * directly into the guest's memory.
 */
import { Errno } from "../../../abi/errno.ts";
import type { Wait } from "../../../waiting/wait.ts";
import { type Bytes, copyBytes } from "../bytes.ts";
import { type Caller, FAILED, SUCCEEDED } from "../caller.ts";
import { RESULT_STREAM, RESULT_STREAM_U64, STREAM_ERROR } from "../layout.ts";
import { Pollable, READABLE, unsure, WRITABLE } from "../polling/readiness.ts";
import { untilReady } from "../polling/waits.ts";
import { ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import type { InputStream } from "../streams/input-stream.ts";
import { CLOSED, OPEN, type OutputStream } from "../streams/output-stream.ts";
import { MAX_READ, scratch } from "../streams/scratch.ts";
import { trap } from "../trap.ts";

/** The most bytes of a call that flushes. */
const MAX_BLOCKING_WRITE = 4096;

/** Cases of stream-error. */
const LAST_OPERATION_FAILED = 0;
const STREAM_CLOSED = 1;

type Answer = undefined | Wait<undefined>;

export function streams({ poller, way }: State, caller: Caller): Functions {
  const { memory, handles } = caller;

  function done(result: number): undefined {
    memory.bytes[result] = SUCCEEDED;
  }

  /** `state`: CLOSED, or an errno. */
  function refused(stream: InputStream | OutputStream, state: number, result: number, payload: number): undefined {
    const { bytes, words } = memory;
    bytes[result] = FAILED;
    bytes[result + payload] = state === CLOSED ? STREAM_CLOSED : LAST_OPERATION_FAILED;
    if (state !== CLOSED) {
      words[(result + payload + STREAM_ERROR.payload) >>> 2] = handles.insert(ERROR, stream.error(state));
    }
  }

  function numbered(result: number, value: number): undefined {
    const { payload } = RESULT_STREAM_U64;
    memory.bytes[result] = SUCCEEDED;
    memory.words[(result + payload) >>> 2] = value;
    memory.words[(result + payload + 4) >>> 2] = 0;
  }

  function listed(result: number, first: number, count: number): undefined {
    memory.bytes[result] = SUCCEEDED;
    caller.putList(result + RESULT_STREAM.payload, first, count);
  }

  /** Receives up to `length` bytes, at most MAX_READ. Returns their number, 0 for none, or `state` for `refused`. */
  function receive(stream: InputStream, target: Bytes, offset: number, length: number): number {
    const count = stream.receive(target, offset, length);
    if (count > 0) return count;
    if (count === -Errno.AGAIN) return 0;
    stream.ended = true;
    poller.raise(stream.readiness, READABLE);
    failure = count === 0 ? CLOSED : -count;
    return CLOSED;
  }
  /** The result of `receive` instead of bytes. */
  let failure = OPEN;

  /**
   * Whether there is nothing to read, by the notes. Returns true once between two polls, so that a guest that never
   * polls makes progress. A blocking call has already waited for the notes.
   */
  function nothing(stream: InputStream, blocking: boolean): boolean {
    if (blocking || (stream.readiness.bits & (READABLE | unsure(READABLE))) !== 0) return false;
    if (stream.emptyRound === poller.round) return false;
    stream.emptyRound = poller.round;
    return true;
  }

  /** Makes a call, for a blocking one after a wait until `stream` is ready. */
  function whenReadable(stream: InputStream, length: number, blocking: boolean, call: () => Answer): Answer {
    if (!blocking || stream.ended || length === 0) return call();
    return untilReady(poller, stream.readiness, READABLE, () => {
      memory.refresh();
      return call();
    });
  }

  function read(stream: InputStream, length: number, result: number, blocking: boolean): Answer {
    if (stream.ended) return refused(stream, CLOSED, result, RESULT_STREAM.payload);
    if (length === 0 || nothing(stream, blocking)) return listed(result, caller.allocate(1, 0), 0);
    const known = Math.min(length, stream.available());
    if (known > 0) return readDirectly(stream, known, result);
    const count = receive(stream, scratch, 0, length);
    if (count < 0) return refused(stream, failure, result, RESULT_STREAM.payload);
    if (count === 0 && blocking) return blockingRead(stream, length, result);
    if (count > 0) stream.bulk = count >= stream.bulkSize;
    const first = caller.allocate(1, count);
    copyBytes(scratch, 0, memory, first, count);
    listed(result, first, count);
  }

  function blockingRead(stream: InputStream, length: number, result: number): Answer {
    return whenReadable(stream, length, true, () => read(stream, length, result, true));
  }

  /** The driver has reported `length` bytes. */
  function readDirectly(stream: InputStream, length: number, result: number): undefined {
    const room = caller.allocate(1, length);
    const count = receive(stream, memory, room, length);
    stream.bulk = count >= stream.bulkSize;
    if (count === length) return listed(result, room, length);
    const first = caller.resize(room, length, 1, Math.max(count, 0));
    if (count < 0) return refused(stream, failure, result, RESULT_STREAM.payload);
    listed(result, first, count);
  }

  function skip(stream: InputStream, length: number, result: number, blocking: boolean): Answer {
    if (stream.ended) return refused(stream, CLOSED, result, RESULT_STREAM_U64.payload);
    if (length === 0 || nothing(stream, blocking)) return numbered(result, 0);
    const count = receive(stream, scratch, 0, length);
    if (count < 0) return refused(stream, failure, result, RESULT_STREAM_U64.payload);
    if (count === 0 && blocking) return blockingSkip(stream, length, result);
    numbered(result, count);
  }

  function blockingSkip(stream: InputStream, length: number, result: number): Answer {
    return whenReadable(stream, length, true, () => skip(stream, length, result, true));
  }

  /** Writes `length` bytes at `offset`, which `check-write` has permitted. */
  function write(stream: OutputStream, contents: Bytes, offset: number, length: number, result: number): undefined {
    if (length > stream.permit) trap(`write of ${length} bytes, of which check-write has permitted ${stream.permit}`);
    const state = stream.state();
    if (state !== OPEN) return refused(stream, state, result, RESULT_STREAM.payload);
    stream.permit -= length;
    stream.write(contents, offset, length);
    outcome(stream, result);
  }

  /** The result of a write or a flush. */
  function outcome(stream: OutputStream, result: number): undefined {
    const state = stream.state();
    return state === OPEN ? done(result) : refused(stream, state, result, RESULT_STREAM.payload);
  }

  /** The same when no bytes are held. */
  function flushed(stream: OutputStream, result: number): Answer {
    stream.flush();
    if (stream.holds) return untilReady(poller, stream.readiness, WRITABLE, () => flushed(stream, result));
    memory.refresh();
    outcome(stream, result);
  }

  function writeAndFlush(
    stream: OutputStream,
    contents: Bytes,
    offset: number,
    length: number,
    result: number,
  ): undefined | Promise<undefined> {
    if (length > MAX_BLOCKING_WRITE) trap(`a write of ${length} bytes that is flushed: at most ${MAX_BLOCKING_WRITE}`);
    const state = stream.state();
    if (state !== OPEN) return way.finish(refused(stream, state, result, RESULT_STREAM.payload));
    stream.permit = 0;
    stream.write(contents, offset, length);
    return way.finish(flushed(stream, result));
  }

  function splice(output: OutputStream, input: InputStream, length: number, result: number, blocking: boolean): Answer {
    const { payload } = RESULT_STREAM_U64;
    let state = output.state();
    const permit = state === OPEN ? output.check() : 0;
    if (state === OPEN) state = output.state();
    if (state !== OPEN) return refused(output, state, result, payload);
    if (permit === 0 && blocking) return blockingSplice(output, input, length, result);
    if (input.ended) return refused(input, CLOSED, result, payload);
    const most = Math.min(length, permit);
    if (most === 0 || nothing(input, blocking)) return numbered(result, 0);
    const count = receive(input, scratch, 0, most);
    if (count < 0) return refused(input, failure, result, payload);
    if (count === 0 && blocking) return blockingSplice(output, input, length, result);
    output.permit -= count;
    output.write(scratch, 0, count);
    state = output.state();
    if (state !== OPEN) return refused(output, state, result, payload);
    numbered(result, count);
  }

  function blockingSplice(output: OutputStream, input: InputStream, length: number, result: number): Answer {
    return untilReady(poller, output.readiness, WRITABLE, () =>
      whenReadable(input, length, true, () => splice(output, input, length, result, true)),
    );
  }

  return {
    "[method]input-stream.read"(handle: number, length: bigint, result: number): void {
      const stream = handles.get(INPUT_STREAM, handle);
      read(stream, upTo(length), caller.place(result, RESULT_STREAM), false);
    },

    "[method]input-stream.blocking-read"(
      handle: number,
      length: bigint,
      result: number,
    ): undefined | Promise<undefined> {
      const stream = handles.get(INPUT_STREAM, handle);
      return way.finish(blockingRead(stream, upTo(length), caller.place(result, RESULT_STREAM)));
    },

    "[method]input-stream.skip"(handle: number, length: bigint, result: number): void {
      const stream = handles.get(INPUT_STREAM, handle);
      skip(stream, upTo(length), caller.place(result, RESULT_STREAM_U64), false);
    },

    "[method]input-stream.blocking-skip"(
      handle: number,
      length: bigint,
      result: number,
    ): undefined | Promise<undefined> {
      const stream = handles.get(INPUT_STREAM, handle);
      return way.finish(blockingSkip(stream, upTo(length), caller.place(result, RESULT_STREAM_U64)));
    },

    "[method]input-stream.subscribe"(handle: number): number {
      const { readiness } = handles.get(INPUT_STREAM, handle);
      return handles.insert(POLLABLE, new Pollable(readiness, READABLE), handle);
    },

    "[method]output-stream.check-write"(handle: number, result: number): undefined {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM_U64);
      let state = stream.state();
      if (state === OPEN) {
        const permit = stream.check();
        state = stream.state();
        if (state === OPEN) return numbered(at, permit);
      }
      return refused(stream, state, at, RESULT_STREAM_U64.payload);
    },

    "[method]output-stream.write"(handle: number, contents: number, length: number, result: number): void {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM);
      const offset = caller.bytes(contents, length >>> 0);
      write(stream, memory, offset, length >>> 0, at);
    },

    "[method]output-stream.blocking-write-and-flush"(
      handle: number,
      contents: number,
      length: number,
      result: number,
    ): undefined | Promise<undefined> {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM);
      const offset = caller.bytes(contents, length >>> 0);
      return writeAndFlush(stream, memory, offset, length >>> 0, at);
    },

    /** Nothing waits for a flush: held bytes are sent as soon as there is room. */
    "[method]output-stream.flush"(handle: number, result: number): void {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM);
      stream.flush();
      outcome(stream, at);
    },

    "[method]output-stream.blocking-flush"(handle: number, result: number): undefined | Promise<undefined> {
      const stream = handles.get(OUTPUT_STREAM, handle);
      return way.finish(flushed(stream, caller.place(result, RESULT_STREAM)));
    },

    "[method]output-stream.subscribe"(handle: number): number {
      const { readiness } = handles.get(OUTPUT_STREAM, handle);
      return handles.insert(POLLABLE, new Pollable(readiness, WRITABLE), handle);
    },

    "[method]output-stream.write-zeroes"(handle: number, length: bigint, result: number): void {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM);
      if (BigInt.asUintN(64, length) > stream.permit) trap("write-zeroes: more than check-write has permitted");
      const count = Number(length);
      scratch.bytes.fill(0, 0, count);
      write(stream, scratch, 0, count, at);
    },

    "[method]output-stream.blocking-write-zeroes-and-flush"(
      handle: number,
      length: bigint,
      result: number,
    ): undefined | Promise<undefined> {
      const stream = handles.get(OUTPUT_STREAM, handle);
      const at = caller.place(result, RESULT_STREAM);
      const count = upTo(length);
      scratch.bytes.fill(0, 0, Math.min(count, MAX_BLOCKING_WRITE));
      return writeAndFlush(stream, scratch, 0, count, at);
    },

    "[method]output-stream.splice"(handle: number, source: number, length: bigint, result: number): void {
      const output = handles.get(OUTPUT_STREAM, handle);
      const input = handles.get(INPUT_STREAM, source);
      splice(output, input, upTo(length), caller.place(result, RESULT_STREAM_U64), false);
    },

    "[method]output-stream.blocking-splice"(
      handle: number,
      source: number,
      length: bigint,
      result: number,
    ): undefined | Promise<undefined> {
      const output = handles.get(OUTPUT_STREAM, handle);
      const input = handles.get(INPUT_STREAM, source);
      const at = caller.place(result, RESULT_STREAM_U64);
      return way.finish(blockingSplice(output, input, upTo(length), at));
    },
  };
}

const long = new BigUint64Array(1);
/** Its halves, the lower one first. */
const halves = new Uint32Array(long.buffer);

/** The guest's length as a number; no call moves more than MAX_READ. V8 compares and converts a bigint by calls of its runtime. */
function upTo(length: bigint): number {
  long[0] = length;
  return halves[1] === 0 ? Math.min(halves[0], MAX_READ) : MAX_READ;
}

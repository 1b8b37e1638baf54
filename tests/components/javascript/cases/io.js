/** wasi:io: streams of a connection, their errors, and pollables. */
import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.12";
import { poll } from "wasi:io/poll@0.2.12";
import { connected, listening, settled } from "./loopback.js";
import { bytes, drop, holds, tell, text } from "./telling.js";

const SECOND = 1e9;

function withPair(run) {
  const listener = listening();
  run(connected(listener));
  drop(listener);
}

/** Sends, and waits until the bytes have arrived. */
function arrived({ client, server }, message) {
  client.output.blockingWriteAndFlush(bytes(message));
  settled(server.input);
}

export function io() {
  withPair((pair) => {
    const { server } = pair;
    tell("read: nothing has come", () => server.input.read(10));
    tell("skip: nothing has come", () => server.input.skip(10));
    const readable = server.input.subscribe();
    tell("ready: nothing has come", () => readable.ready());
    arrived(pair, "hello");
    tell("ready: something has come", () => readable.ready());
    tell("ready: asked again", () => readable.ready());
    tell("read: of no length", () => server.input.read(0));
    tell("read: a part", () => text(server.input.read(2)));
    tell("read: the rest", () => text(server.input.read(10)));
    tell("read: nothing is left", () => server.input.read(10));
    tell("ready: nothing is left", () => readable.ready());
    arrived(pair, "hello, world");
    tell("skip: a part", () => server.input.skip(2));
    tell("blocking-skip: a part", () => server.input.blockingSkip(3));
    tell("blocking-read: the rest", () => text(server.input.blockingRead(100)));
    tell("blocking-read: of no length", () => server.input.blockingRead(0));
    arrived(pair, "exactly");
    tell("read: exactly what is there", () => text(server.input.read(7)));
    tell("ready: after exactly what was there", () => readable.ready());
    arrived(pair, "more");
    readable.block();
    tell("block: returns when something has come", () => text(server.input.read(10)));
    const timer = subscribeDuration(SECOND / 100);
    tell("poll: a stream that stays silent beside a timer", () => poll([readable, timer]));
    tell("poll: the same twice", () => poll([timer, timer]).toSorted());
    const never = subscribeDuration(1000 * SECOND);
    tell("poll: the third of three", () => poll([readable, never, timer]));
    drop(readable, timer, never);
  });
  withPair(({ client, server }) => {
    const writable = server.output.subscribe();
    tell("output ready: at first", () => writable.ready());
    holds("check-write: at first", () => server.output.checkWrite() > 0);
    tell("write: nothing", () => server.output.write(new Uint8Array(0)));
    tell("write: some", () => server.output.write(bytes("some")));
    tell("flush", () => server.output.flush());
    tell("blocking-flush", () => server.output.blockingFlush());
    tell("write: arrives", () => text(client.input.blockingRead(100)));
    holds("write-zeroes: what check-write permits", () => {
      server.output.checkWrite();
      server.output.writeZeroes(3);
      return client.input.blockingRead(100).length === 3;
    });
    tell("blocking-write-zeroes-and-flush", () => server.output.blockingWriteZeroesAndFlush(5));
    tell("blocking-write-zeroes-and-flush: arrives", () => client.input.blockingRead(100));
    tell("blocking-write-and-flush: the most that it takes", () => {
      server.output.blockingWriteAndFlush(new Uint8Array(4096));
    });
    let received = 0;
    while (received < 4096) received += client.input.blockingRead(65536).length;
    tell("blocking-write-and-flush: arrives", () => received);
    holds("check-write: nobody reads", () => {
      for (let sent = 0; sent < 64 << 20; ) {
        const permit = server.output.checkWrite();
        if (permit === 0) return true;
        server.output.write(new Uint8Array(Math.min(permit, 65536)));
        sent += Math.min(permit, 65536);
      }
      return false;
    });
    holds("output ready: as soon as somebody has read", () => {
      let turns = 0;
      while (!writable.ready() && turns < 10_000) {
        client.input.blockingRead(65536);
        turns++;
      }
      return server.output.checkWrite() > 0;
    });
    drop(writable);
  });
  withPair((pair) => {
    const { client, server } = pair;
    tell("splice: nothing has come", () => server.output.splice(server.input, 10));
    arrived(pair, "there and back");
    tell("splice", () => server.output.splice(server.input, 5));
    tell("splice: arrives", () => text(client.input.blockingRead(100)));
    tell("blocking-splice", () => server.output.blockingSplice(server.input, 100));
    tell("blocking-splice: arrives", () => text(client.input.blockingRead(100)));
  });
  withPair(({ client, server }) => {
    client.output.blockingWriteAndFlush(bytes("last"));
    client.socket.shutdown("send");
    settled(server.input);
    tell("read: before the end", () => text(server.input.blockingRead(100)));
    tell("read: the end", () => server.input.blockingRead(100));
    tell("read: behind the end", () => server.input.read(100));
    tell("skip: behind the end", () => server.input.skip(100));
    tell("splice: behind the end", () => server.output.splice(server.input, 10));
    const readable = server.input.subscribe();
    tell("ready: behind the end", () => readable.ready());
    drop(readable);
    server.socket.shutdown("both");
    tell("check-write: behind the end of its own side", () => server.output.checkWrite());
    tell("write: behind the end of its own side", () => server.output.write(bytes("x")));
  });
  withPair(({ client, server }) => {
    // Unread bytes turn the close into a reset.
    server.output.blockingWriteAndFlush(bytes("unread"));
    settled(client.input);
    drop(client.input, client.output, client.socket);
    settled(server.input);
    let failure;
    tell("read: the connection was reset", () => {
      try {
        server.input.blockingRead(10);
      } catch (error) {
        failure = error.payload.val;
        throw error;
      }
    });
    tell("to-debug-string: of a reset", () => (failure?.toDebugString().length > 0 ? "a text" : "there is no error"));
    tell("read: behind a reset", () => server.input.read(10));
  });
}

/** Each is the last action of its component. */
export const traps = {
  "poll: an empty list": () => poll([]),
  "write: more than check-write permits": () =>
    withPair(({ server }) => {
      server.output.checkWrite();
      server.output.write(new Uint8Array(64 << 20));
    }),
  "blocking-write-and-flush: more than 4096 bytes": () =>
    withPair(({ server }) => server.output.blockingWriteAndFlush(new Uint8Array(4097))),
  "drop: an input stream that has a pollable": () =>
    withPair(({ server }) => {
      const readable = server.input.subscribe();
      drop(server.input);
      drop(readable);
    }),
};

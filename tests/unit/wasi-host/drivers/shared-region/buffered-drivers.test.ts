/** The rings and queues that join the halves of a buffered driver (wasi-host/drivers/shared-region/). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SocketAddress } from "../../../../../wasi-host/addresses/socket-address.ts";
import { ByteRing } from "../../../../../wasi-host/drivers/shared-region/byte-ring.ts";
import type { Channel } from "../../../../../wasi-host/drivers/shared-region/channel.ts";
import { ClientEnd } from "../../../../../wasi-host/drivers/shared-region/client-end.ts";
import {
  dropDatagram,
  lookAtDatagram,
  peekDatagram,
  putDatagram,
} from "../../../../../wasi-host/drivers/shared-region/datagram-record.ts";
import { IoEnd } from "../../../../../wasi-host/drivers/shared-region/io-end.ts";
import {
  HEADER_SIZE,
  KIND,
  KIND_LISTENER,
  KIND_STREAM,
  LOCAL,
  NOTICE_BYTES,
  NOTICE_STATE,
  REMOTE,
  REQUEST_OPEN,
  REQUEST_RESUME,
  RING_SIZE,
} from "../../../../../wasi-host/drivers/shared-region/layout.ts";
import { BufferedListener } from "../../../../../wasi-host/drivers/shared-region/listener.ts";
import type {
  Connection,
  ListenerEvents,
  Network,
  StreamEvents,
} from "../../../../../wasi-host/drivers/shared-region/network.ts";
import { SharedRegion } from "../../../../../wasi-host/drivers/shared-region/region.ts";
import { Signals } from "../../../../../wasi-host/drivers/shared-region/signals.ts";
import { BufferedStream } from "../../../../../wasi-host/drivers/shared-region/stream.ts";

const SIZE = 61;
/** 107 bytes: `sun_path` without its NUL. */
const LONGEST = `/${"ä".repeat(53)}`;

function ring(size = SIZE): ByteRing {
  const memory = {
    words: new Int32Array(new SharedArrayBuffer(32)),
    bytes: new Uint8Array(new SharedArrayBuffer(size + 7)),
  };
  return new ByteRing(memory, { written: 0, read: 1, start: 2 }, 5, 7, size);
}

describe("a ring of bytes", () => {
  it("returns bytes in order for any puts and takes", () => {
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
    fc.assert(alike, { numRuns: 500 });
  });

  it("distinguishes full from empty at any start", () => {
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

  it("begins at byte 0 again whenever it is empty, so that a write into it is in one piece", () => {
    const subject = ring();
    for (let length = 1; length <= SIZE; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => length + index);
      subject.push(bytes, 0, length);
      const oldest = subject.oldest();
      expect([oldest.byteOffset, [...oldest]]).toEqual([7, [...bytes]]);
      subject.drop(length);
    }
  });

  it("holds whole datagrams with their addresses, or refuses them", () => {
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
  it("name each channel once, with all of its news, in the order of the first", () => {
    const region = SharedRegion.create();
    const other = new SharedRegion(region.buffer);
    const [tell, hear] = [Signals.notices(region), Signals.notices(other)];
    const channels = [region.fresh()!, region.fresh()!, region.fresh()!];
    expect(channels.map((channel) => tell.raise(channel, NOTICE_STATE))).toEqual([true, true, true]);
    expect(tell.raise(channels[0], NOTICE_BYTES)).toBe(false);
    for (const channel of channels) {
      const heard = hear.next()!;
      expect(heard.index).toBe(channel.index);
      expect(hear.take(heard)).toBe(channel === channels[0] ? NOTICE_STATE | NOTICE_BYTES : NOTICE_STATE);
    }
    expect([hear.pending, hear.next()]).toEqual([false, undefined]);
    expect([tell.raise(channels[1], NOTICE_BYTES), hear.next()!.index]).toEqual([true, channels[1].index]);
  });

  it("are never more than channels, even if each is taken and signalled again and again", () => {
    const region = SharedRegion.create();
    const [tell, hear] = [Signals.requests(region), Signals.requests(new SharedRegion(region.buffer))];
    const channels = [region.fresh()!, region.fresh()!, region.fresh()!];
    let heardRight = 0;
    for (let turn = 0; turn < 4 * region.capacity; turn++) {
      const channel = channels[turn % 3];
      const raised = tell.raise(channel, 1);
      const heard = hear.next();
      if (raised && heard?.index === channel.index && hear.take(heard) === 1) heardRight++;
    }
    expect(heardRight).toBe(4 * region.capacity);
    expect(hear.pending).toBe(false);
  });
});

describe("a stream at the I/O end", () => {
  it("keeps the bytes that wait for room, though the network reads into the same buffer again", () => {
    let events: StreamEvents | undefined;
    const connection = { pause: () => {}, resume: () => {}, unread: false } as unknown as Connection;
    const connect: Network["connect"] = (_, taker) => {
      events = taker;
      return connection;
    };
    const region = SharedRegion.create();
    const io = new IoEnd(region, { keepsOptions: true, connect } as unknown as Network, () => {});
    const requests = Signals.requests(region);
    const channel = region.fresh()!;
    channel.set(KIND, KIND_STREAM);
    channel.setAddress(REMOTE, { host: "127.0.0.1", port: 7 });
    requests.raise(channel, REQUEST_OPEN);
    io.run();
    const buffer = new Uint8Array(65_536);
    for (const filling of [1, 2]) events!.data(buffer.fill(filling));
    buffer.fill(3);
    const read = new Uint8Array(RING_SIZE);
    let ends: number[] = [];
    for (let total = 0; total < 2 * buffer.length; ) {
      const count = channel.incoming.peek(read, 0, read.length);
      expect(count).toBeGreaterThan(0);
      ends = [...ends, read[0], read[count - 1]];
      total += count;
      channel.incoming.drop(count);
      requests.raise(channel, REQUEST_RESUME);
      io.run();
    }
    expect(ends).toEqual([1, 2, 2, 2]);
  });
});

describe("the client end", () => {
  it("waits for its own sockets, and does not count connections that were never accepted", () => {
    let listening: ListenerEvents | undefined;
    const resets: (() => void)[] = [];
    const connection = (events: () => StreamEvents) =>
      ({ reset: () => resets.push(() => events().closed()) }) as unknown as Connection;
    const network = {
      keepsOptions: true,
      connect: (_, events) => connection(() => events),
      listen: (_address, _backlog, events) => {
        listening = events;
        return { close: () => events.closed() };
      },
    } satisfies Network;
    const region = SharedRegion.create();
    const io = new IoEnd(region, network, () => {});
    const link = { wakeIoEnd: () => io.run(), setAsleep: () => {}, onNotices: () => {}, close: () => {} };
    const client = new ClientEnd(region, link);
    const open = (channel: Channel, address: SocketAddress) => {
      channel.setAddress(channel.word(KIND) === KIND_LISTENER ? LOCAL : REMOTE, address);
      client.request(channel, REQUEST_OPEN);
    };
    const name = { host: "127.0.0.1", port: 7 };
    const listener = new BufferedListener(client, client.take(KIND_LISTENER));
    open(listener.channel, name);
    const stream = new BufferedStream(client, client.take(KIND_STREAM), false);
    open(stream.channel, name);
    const taken: StreamEvents = listening!.connection(
      { local: name, remote: name },
      connection(() => taken),
    )!;
    listener.close();
    for (const reset of resets.splice(0)) reset();
    client.takeNotices();
    expect(client.idle).toBe(false);
    stream.close();
    for (const reset of resets.splice(0)) reset();
    client.takeNotices();
    expect(client.idle).toBe(true);
  });
});

describe("a block", () => {
  it("grows as channels are used, by either side, and both see the same channels", () => {
    const [one, other] = ((region) => [region, new SharedRegion(region.buffer)])(SharedRegion.create());
    const before = one.buffer.byteLength;
    const indices = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : other).fresh()!.index);
    expect(indices).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(one.buffer.byteLength).toBeGreaterThan(before);
    one.channel(39).setAddress(LOCAL, { host: "::1", port: 65_535 });
    one.channel(39).setAddress(REMOTE, { host: "fe80::1%eth0", port: 7, ipv6Only: true });
    one.channel(38).setAddress(REMOTE, { host: LONGEST, port: -1 });
    one.channel(38).setAddress(LOCAL, { host: "", port: -1 });
    one.channel(39).outgoing.push(Uint8Array.of(1, 2, 3), 0, 3);
    expect(other.channel(39).address(LOCAL)).toEqual({ host: "::1", port: 65_535 });
    expect(other.channel(39).address(REMOTE)).toEqual({ host: "fe80::1%eth0", port: 7, ipv6Only: true });
    expect(other.channel(38).address(REMOTE)).toEqual({ host: LONGEST, port: -1 });
    expect([other.channel(38).isPath(LOCAL), other.channel(39).isPath(LOCAL)]).toEqual([true, false]);
    expect([...other.channel(39).outgoing.oldest()]).toEqual([1, 2, 3]);
  });

  it("keeps the headers of channels together, so that an idle socket has no page of its own", () => {
    const region = SharedRegion.create();
    const headers = Array.from({ length: 100 }, () => region.fresh()!.first * 4);
    expect(headers.map((header) => header - headers[0])).toEqual(headers.map((_, index) => index * HEADER_SIZE));
    expect(HEADER_SIZE).toBeLessThanOrEqual(512);
  });

  it("has no channel beyond its last", () => {
    const region = SharedRegion.create();
    const indices = Array.from({ length: region.capacity }, () => region.fresh()?.index);
    expect(indices.every((channel, index) => channel === index)).toBe(true);
    expect([region.fresh(), region.fresh()]).toEqual([undefined, undefined]);
  });
});

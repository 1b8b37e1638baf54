/**
 * A poll receives for all streams that it reports, and their answers go out together (`read-ahead.ts`,
 * `write-behind.ts`), without a visible difference.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Bytes, copyBytes } from "../../../wasi-host/bindings/preview2/bytes.ts";
import { SLOT_SIZE } from "../../../wasi-host/bindings/preview2/polling/read-ahead.ts";
import { SENDS, TRANSFER_WORDS } from "../../../wasi-host/drivers/contract/transfers.ts";
import { PosixDriver } from "../../../wasi-host/drivers/posix/index.ts";
import { DRIVERS } from "./drivers.ts";
import { type Connection, FlatGuest } from "./flat-guest.ts";

const text = (bytes: unknown) => (bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes);

/** Connections whose servers are in one poll. */
function crowd(guest: FlatGuest, size: number) {
  const listener = guest.listener();
  const clients: Connection[] = [];
  const servers: Connection[] = [];
  for (let index = 0; index < size; index++) {
    const [client, server] = guest.pair(listener);
    clients.push(client);
    servers.push(server);
  }
  const inputs = servers.map(({ input }) => guest.subscribeInput(input));
  guest.pollFor(20, ...inputs);
  return { clients, servers, inputs };
}

const send = (guest: FlatGuest, { output }: Connection, what: string) =>
  guest.write(output, what, "blocking-write-and-flush");

/** Waits until all of them have data. */
function pollAll(guest: FlatGuest, pollables: readonly number[]): void {
  while (guest.poll(...pollables).length < pollables.length) guest.pollFor(5, pollables[0]);
}

describe.each(DRIVERS)("streams that one poll reports, over %s", (_, open) => {
  let guest: FlatGuest;
  beforeEach(async () => {
    guest = new FlatGuest(await open());
  });
  afterEach(() => guest[Symbol.dispose]());

  it("are read in parts, and are not ready when all has been read", () => {
    const { clients, servers, inputs } = crowd(guest, 3);
    for (const [index, client] of clients.entries()) send(guest, client, `message ${index}`);
    pollAll(guest, inputs);
    for (const [index, { input }] of servers.entries()) {
      expect(text(guest.read(input, 3))).toBe("mes");
      expect(guest.ready(inputs[index])).toBe(true);
      expect(text(guest.read(input, 100))).toBe(`sage ${index}`);
      expect(guest.ready(inputs[index])).toBe(false);
      expect(text(guest.read(input, 100))).toBe("");
    }
    expect(guest.pollFor(20, ...inputs)).toEqual([]);
  });

  it("are ready again for bytes that came while earlier ones were there", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) send(guest, client, "first");
    pollAll(guest, inputs);
    for (const client of clients) send(guest, client, "second");
    guest.pollFor(20, inputs[0]);
    for (const [index, { input }] of servers.entries()) {
      let got = "";
      while (got.length < 11) {
        expect(guest.poll(inputs[index])).toEqual([0]);
        got += text(guest.read(input, 100));
      }
      expect(got).toBe("firstsecond");
    }
    expect(guest.pollFor(20, ...inputs)).toEqual([]);
  });

  it("lose nothing of more than is received ahead", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    const much = Array.from({ length: 3 * SLOT_SIZE }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
    for (let round = 0; round < 2; round++) {
      for (const client of clients) {
        guest.checkWrite(client.output);
        guest.write(client.output, round === 0 ? "short" : much);
      }
      const length = round === 0 ? 5 : much.length;
      for (const [index, { input }] of servers.entries()) {
        let got = "";
        while (got.length < length) {
          guest.poll(inputs[index], inputs[1 - index]);
          got += text(guest.read(input, 65_536));
        }
        expect(got).toBe(round === 0 ? "short" : much);
        expect(guest.ready(inputs[index])).toBe(false);
      }
    }
  });

  it("tell of the end behind their bytes", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) {
      send(guest, client, "last");
      guest.close(client);
    }
    pollAll(guest, inputs);
    for (const { input } of servers) {
      expect(text(guest.read(input, 100))).toBe("last");
      expect(guest.read(input, 100, "blocking-read")).toBe("closed");
    }
    expect(guest.poll(...inputs)).toEqual([0, 1]);
  });

  it("skip and splice what was received ahead", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) send(guest, client, "abcdef");
    pollAll(guest, inputs);
    guest.call("io/streams#[method]input-stream.skip", servers[0].input, 2n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 2n]);
    guest.call("io/streams#[method]output-stream.splice", servers[0].output, servers[0].input, 100n, guest.area);
    expect([guest.u8(0), guest.u64(8)]).toEqual([0, 4n]);
    expect(text(guest.read(clients[0].input, 100, "blocking-read"))).toBe("cdef");
    expect(text(guest.read(servers[1].input, 100))).toBe("abcdef");
  });

  it("reset the peer when they are dropped with bytes that were not read", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) send(guest, client, "unread");
    pollAll(guest, inputs);
    for (const pollable of inputs) guest.drop("io/poll/pollable", pollable);
    guest.read(servers[1].input, 3);
    for (const server of servers) guest.close(server);
    for (const client of clients) {
      const failed = guest.read(client.input, 100, "blocking-read") as { error: number };
      expect(failed).toEqual({ error: expect.any(Number) });
      expect(guest.debugString(failed)).toBe("ECONNRESET");
    }
  });

  it("end for the peer when all was read before they are dropped", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) send(guest, client, "read");
    pollAll(guest, inputs);
    for (const pollable of inputs) guest.drop("io/poll/pollable", pollable);
    for (const server of servers) {
      expect(text(guest.read(server.input, 100))).toBe("read");
      guest.close(server);
    }
    for (const client of clients) expect(guest.read(client.input, 100, "blocking-read")).toBe("closed");
  });

  it("reset the peer when they are shut down with bytes that were not read, and closed", () => {
    const { clients, servers, inputs } = crowd(guest, 2);
    for (const client of clients) send(guest, client, "unread");
    pollAll(guest, inputs);
    for (const pollable of inputs) guest.drop("io/poll/pollable", pollable);
    for (const server of servers) {
      guest.socketCall("tcp-socket.shutdown", server.socket, 0);
      expect(guest.read(server.input, 100)).toBe("closed");
      guest.close(server);
    }
    for (const client of clients) expect(guest.read(client.input, 100, "blocking-read")).toHaveProperty("error");
  });

  it("carry the answers of many, in their order, while none polls in between", () => {
    const { clients, servers, inputs } = crowd(guest, 70);
    for (let round = 0; round < 3; round++) {
      for (const [index, client] of clients.entries()) send(guest, client, `${round}:${index};`);
      pollAll(guest, inputs);
      for (const { input, output } of servers) {
        const got = text(guest.read(input, 100)) as string;
        guest.checkWrite(output);
        guest.write(output, got);
        guest.checkWrite(output);
        guest.write(output, got.toUpperCase());
      }
      for (const [index, { input }] of clients.entries()) {
        const expected = `${round}:${index};${round}:${index};`;
        let got = "";
        while (got.length < expected.length) got += text(guest.read(input, 100, "blocking-read"));
        expect(got).toBe(expected);
      }
      guest.reset();
    }
  });
});

/** Notes sends, in lists and single. */
class NotingDriver extends PosixDriver {
  readonly sent: string[] = [];
  /** Replaces the kernel's answers for sends in lists. */
  outcome: number | undefined;

  override send(handle: number, bytes: Uint8Array, offset: number, length: number): number {
    this.sent.push(`send ${new TextDecoder().decode(bytes.slice(offset, offset + Math.min(length, 20)))}`);
    return super.send(handle, bytes, offset, length);
  }

  constructor() {
    super();
    const { transfer } = this.batches;
    Object.assign(this.batches, {
      transfer: (list: Int32Array, count: number, bytes: Uint8Array) => {
        if (!this.#note(list, count, bytes)) transfer(list, count, bytes);
      },
    });
  }

  /** True: the outcome replaces the kernel's. */
  #note(list: Int32Array, count: number, bytes: Uint8Array): boolean {
    const entries = Array.from({ length: count }, (_, index) =>
      list.slice(index * TRANSFER_WORDS, (index + 1) * TRANSFER_WORDS),
    );
    const sends = entries.filter((entry) => entry[3] === SENDS);
    if (sends.length > 0) {
      const words = sends.map((entry) => new TextDecoder().decode(bytes.slice(entry[1], entry[1] + entry[2])));
      this.sent.push(`list ${words.join(" ")}`);
    }
    if (sends.length > 0 && this.outcome !== undefined) {
      for (const index of entries.keys()) list[index * TRANSFER_WORDS + 3] = this.outcome;
      return true;
    }
    return false;
  }

  /** The sends since the last call. */
  take(): string[] {
    return this.sent.splice(0);
  }
}

describe("writes to streams that one poll has reported", () => {
  let driver: NotingDriver;
  let guest: FlatGuest;
  let servers: Connection[];
  let clients: Connection[];
  let inputs: number[];
  beforeEach(() => {
    driver = new NotingDriver();
    guest = new FlatGuest(driver);
    ({ clients, servers, inputs } = crowd(guest, 3));
    for (const client of clients) send(guest, client, "request");
    pollAll(guest, inputs);
    driver.take();
  });
  afterEach(() => guest[Symbol.dispose]());

  const write = (index: number, what: string) => {
    guest.checkWrite(servers[index].output);
    return guest.write(servers[index].output, what);
  };

  it("go out together with the next poll", () => {
    write(0, "one");
    write(1, "two");
    expect(driver.take()).toEqual([]);
    guest.pollFor(1, inputs[0]);
    expect(driver.take()).toEqual(["list one two"]);
  });

  it("go out before a pollable is asked whether it is ready", () => {
    write(0, "one");
    guest.ready(inputs[2]);
    expect(driver.take()).toEqual(["list one"]);
  });

  it.each([
    ["a check-write", () => guest.checkWrite(servers[0].output)],
    ["a flush", () => guest.call("io/streams#[method]output-stream.flush", servers[0].output, guest.area)],
    ["a drop of the stream", () => guest.drop("io/streams/output-stream", servers[0].output)],
    ["a shutdown", () => guest.socketCall("tcp-socket.shutdown", servers[0].socket, 1)],
    ["a call of another interface", () => guest.socketCall("tcp-socket.local-address", servers[1].socket)],
    ["a read that receives by itself", () => guest.read(clients[1].input, 10, "blocking-read")],
    ["the end of the program", () => guest.host.end()],
  ])("go out before %s", (_, call) => {
    write(0, "one");
    write(1, "two");
    expect(driver.take()).toEqual([]);
    call();
    expect(driver.take()).toEqual(["list one two"]);
  });

  it("go out when the guest ends in a trap", () => {
    write(0, "one");
    guest.host.dispose();
    expect(driver.take()).toEqual(["list one"]);
  });

  it("go out in front of one that is not held back", () => {
    write(0, "one");
    const long = "x".repeat(3000);
    write(1, long);
    expect(driver.take()).toEqual(["list one", `send ${long.slice(0, 20)}`]);
    write(0, "one");
    guest.call("cli/stdout#get-stdout");
    expect(driver.take()).toEqual(["list one"]);
  });

  it("go out at once where the poll has reported one stream alone", () => {
    send(guest, clients[0], "again");
    for (const { input } of servers) guest.read(input, 100);
    driver.take();
    expect(guest.poll(...inputs)).toEqual([0]);
    write(0, "one");
    expect(driver.take()).toEqual(["send one"]);
  });

  it("go out at once for a while after a guest has let them wait", () => {
    write(0, "one");
    const began = driver.now();
    while (driver.now() - began < 3_000_000n);
    pollAll(guest, inputs);
    driver.take();
    write(1, "two");
    expect(driver.take()).toEqual(["send two"]);
  });

  it("hold what the driver does not take, and send it when there is room", () => {
    driver.outcome = 2;
    write(0, "answer");
    expect(guest.checkWrite(servers[0].output)).toBeGreaterThan(0);
    driver.outcome = undefined;
    expect(driver.take()).toEqual(["list answer", "send swer"]);
  });

  it("hold everything where the driver takes nothing", () => {
    driver.outcome = -6; // EAGAIN
    write(0, "answer");
    guest.checkWrite(servers[0].output);
    expect(driver.take()).toEqual(["list answer", "send answer"]);
  });

  it("tell of a failure at the next check-write, once", () => {
    driver.outcome = -15; // ECONNRESET
    expect(write(0, "one")).toBeUndefined();
    const failed = guest.checkWrite(servers[0].output) as { error: number };
    expect(guest.debugString(failed)).toBe("ECONNRESET");
    expect(guest.checkWrite(servers[0].output)).toBe("closed");
  });

  it("tell of a failure that the receive ahead has met, in the first call", () => {
    guest.read(servers[0].input, 100);
    guest.read(servers[1].input, 100);
    for (const client of clients.slice(0, 2)) send(guest, client, "x");
    Object.assign(driver.batches, {
      transfer: (list: Int32Array, count: number) => {
        for (let index = 0; index < count; index++) list[index * TRANSFER_WORDS + 3] = -15;
      },
    });
    guest.poll(...inputs.slice(0, 2));
    const { output, input } = servers[0];
    guest.checkWrite(output);
    const failed = guest.write(output, "x".repeat(3000)) as { error: number };
    expect(guest.debugString(failed)).toBe("ECONNRESET");
    expect(guest.read(input, 10)).toBe("closed");
    expect(guest.debugString(guest.read(servers[1].input, 10) as { error: number })).toBe("ECONNRESET");
  });
});

describe("copies", () => {
  const memory = (size: number): Bytes => {
    const buffer = Uint8Array.from({ length: size }, (_, index) => index % 251).buffer;
    return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
  };

  it.each([0, 1, 3, 4, 7, 64, 255, 256, 257, 1000])("copies %i bytes and no other, wherever they are", (length) => {
    for (const from of [0, 1, 4, 6]) {
      for (const at of [0, 2, 8, 13]) {
        const source = memory(2048);
        const target = memory(2048);
        target.bytes.fill(255);
        copyBytes(source, from, target, at, length);
        const expected = new Uint8Array(2048).fill(255);
        expected.set(source.bytes.subarray(from, from + length), at);
        expect(target.bytes).toEqual(expected);
      }
    }
  });
});

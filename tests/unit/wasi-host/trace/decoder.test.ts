/** Calls as text, out of a memory that a test has written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  OP_ACCEPT,
  OP_ARM,
  OP_LOOK,
  OP_RECV,
  OP_SEND,
  OP_SIGNALS,
  OP_STOP,
  OP_VERSION,
} from "../../../../assembly/abi/operation.ts";
import { READY_FILE } from "../../../../assembly/abi/ready-file.ts";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { GuestMemory } from "../../../../wasi-host/memory/guest-memory.ts";
import { Decoder } from "../../../../wasi-host/trace/decoder.ts";
import { PREVIEW1, type Signature, WASMEDGE } from "../../../../wasi-host/trace/signatures.ts";

const PAGE = 65_536;

function rig() {
  const memory = new GuestMemory();
  memory.attach(new WebAssembly.Memory({ initial: 1 }));
  const put = (at: number, text: string) => {
    memory.bytes.set(new TextEncoder().encode(text), at);
    return text.length;
  };
  /** An array of iovecs at 512 over these texts, or over so much room. */
  const iovecs = (...entries: (string | number)[]) => {
    let at = 2048;
    for (const [index, entry] of entries.entries()) {
      const length = typeof entry === "string" ? put(at, entry) : entry;
      memory.view.setUint32(512 + index * 8, at, true);
      memory.view.setUint32(516 + index * 8, length, true);
      at += length;
    }
    return [512, entries.length] as const;
  };
  return { memory, put, iovecs, decoder: new Decoder(memory) };
}

describe("a call", () => {
  it("shows the bytes to be written", () => {
    const { decoder, iovecs } = rig();
    expect(decoder.call("fd_write", [1, ...iovecs("hello\n", "world"), 0])).toBe(
      'fd_write(fd=1, iovs=["hello\\n", "world"])',
    );
  });

  it("shows the room for a read", () => {
    const { decoder, iovecs } = rig();
    expect(decoder.call("fd_read", [5, ...iovecs(100, 4096), 0])).toBe("fd_read(fd=5, iovs=[100, 4096])");
  });

  it("shows a path whole", () => {
    const { decoder, put } = rig();
    const length = put(100, "a/long/path/to/a/file/that/is/over/thirty-two/bytes.txt");
    expect(decoder.call("path_unlink_file", [3, 100, length])).toBe(
      'path_unlink_file(fd=3, path="a/long/path/to/a/file/that/is/over/thirty-two/bytes.txt")',
    );
  });

  it("shows flags and enumerations by their names", () => {
    const { decoder } = rig();
    expect(decoder.call("fd_seek", [4, -5n, 1, 0])).toContain("whence=cur");
    expect(decoder.call("fd_seek", [4, -5n, 1, 0])).toContain("=-5");
    expect(decoder.call("fd_fdstat_set_flags", [4, 5])).toBe("fd_fdstat_set_flags(fd=4, flags=append|nonblock)");
  });

  it("shows the subscriptions of poll_oneoff", () => {
    const { decoder, memory } = rig();
    memory.view.setBigUint64(0, 0xabn, true);
    memory.view.setUint8(8, 1);
    memory.view.setUint32(16, 7, true);
    memory.view.setUint8(48 + 8, 0);
    memory.view.setUint32(48 + 16, 1, true);
    memory.view.setBigUint64(48 + 24, 1_500_000_000n, true);
    expect(decoder.call("poll_oneoff", [0, 1024, 2, 512])).toContain(
      "[{0xab fd_read fd=7}, {0x0 clock monotonic in 1.5s}]",
    );
  });

  it("shows an invalid pointer as such", () => {
    const { decoder, memory } = rig();
    expect(decoder.call("fd_write", [1, PAGE - 4, 1, 0])).toContain("iovs=0xfffc (outside of memory)");
    memory.view.setUint32(512, PAGE - 1, true);
    memory.view.setUint32(516, 2, true);
    expect(decoder.call("fd_write", [1, 512, 1, 0])).toContain("iovs=[0xffff (outside of memory)]");
    expect(decoder.call("fd_write", [1, 512, 1, -4])).toContain("0xfffffffc (outside of memory)");
  });

  it("shows the first entries of a long array and the number of others", () => {
    const { decoder, iovecs } = rig();
    expect(decoder.call("fd_read", [5, ...iovecs(...Array<number>(20).fill(1)), 0])).toMatch(
      /\[(1, ){16}\.\.\. 4 more\]/,
    );
  });

  it("that is unknown is shown with its numbers", () => {
    expect(rig().decoder.call("sock_teleport", [1, 2n])).toBe("sock_teleport(1, 2)");
  });
});

describe("a result", () => {
  it("is the errno's name if the call failed", () => {
    expect(rig().decoder.result("fd_read", [5, 0, 0, 0], Errno.AGAIN)).toBe("EAGAIN");
  });

  it("of a read has its count and the received bytes, across iovecs", () => {
    const { decoder, iovecs, memory } = rig();
    const args = [5, ...iovecs("hel", "lo-and-more"), 256] as const;
    memory.view.setUint32(256, 5, true);
    expect(decoder.result("fd_read", args, 0)).toBe('0 iovs="hello" size=5');
  });

  it("of a write has its count", () => {
    const { decoder, iovecs, memory } = rig();
    const args = [1, ...iovecs("hello"), 256] as const;
    memory.view.setUint32(256, 5, true);
    expect(decoder.result("fd_write", args, 0)).toBe("0 size=5");
  });

  it("with an impossible count stays within memory", () => {
    const { decoder, iovecs, memory } = rig();
    const args = [5, ...iovecs("hello"), 256] as const;
    memory.view.setUint32(256, 0xffff_ffff, true);
    expect(decoder.result("fd_read", args, 0)).toContain('iovs="hello"');
  });

  it("of clock_time_get is the time", () => {
    const { decoder, memory } = rig();
    memory.view.setBigUint64(64, 1_234n, true);
    expect(decoder.result("clock_time_get", [1, 0n, 64], 0)).toMatch(/^0 \w+=1234$/);
  });
});

describe("the ready file", () => {
  /** An iovec at 512 over `words`, 32-bit numbers at 1024. */
  const placed = ({ memory }: ReturnType<typeof rig>, ...words: number[]) => {
    for (const [index, word] of words.entries()) memory.view.setInt32(1024 + index * 4, word, true);
    memory.view.setUint32(512, 1024, true);
    memory.view.setUint32(516, words.length * 4, true);
    return [READY_FILE, 512, 1, 256] as const;
  };
  const record = (op: number, fd: number, buffer = 0, length = 0, result = 0, mask = 0) => [
    ...[op, fd, buffer, length],
    ...[0, 0, result, mask],
  ];

  it("shows each operation with its descriptor, and its events or data", () => {
    const made = rig();
    const { decoder, put, memory } = made;
    put(4000, "hello");
    memory.view.setInt32(4096, 5, true);
    memory.view.setUint16(4100, 0x2001, true);
    const args = placed(
      made,
      ...record(OP_VERSION, 0x10002),
      ...record(OP_ARM, 5, 0, 0, 0, 0x2005),
      ...record(OP_STOP, 5, 0, 0, 0, 1),
      ...record(OP_RECV, 6, 5000, 100),
      ...record(OP_SEND, 6, 4000, 5),
      ...record(OP_ACCEPT, 3),
      ...record(OP_LOOK, 0, 4096, 8),
      ...record(OP_SIGNALS, 0, 0, 0, 0, (1 << 2) | (1 << 15)),
      ...record(99, 1),
    );
    expect(decoder.call("fd_write", args)).toBe(
      "fd_write(fd=ready_file, iovs=[{version 1.2}, {arm fd=5 in|out|rdhup}, {stop fd=5 in}, {recv fd=6 [100]}, " +
        '{send fd=6 "hello"}, {accept fd=3}, {look [{fd=5 in|rdhup}]}, {signals int|term}, {operation 99}])',
    );
  });

  it("shows the result of each operation that was made", () => {
    const made = rig();
    const { decoder, put, memory } = made;
    put(4000, "ping and more");
    memory.view.setInt32(4096, 5, true);
    memory.view.setUint16(4108 - 8 + 2, 0x11, true);
    memory.view.setInt32(4104, 6, true);
    const args = placed(
      made,
      ...record(OP_VERSION, 0x10000, 0, 0, 0x10000),
      ...record(OP_ARM, 5, 0, 0, -Errno.PERM, 1),
      ...record(OP_RECV, 6, 4000, 100, 4),
      ...record(OP_SEND, 6, 4000, 5, 5),
      ...record(OP_ACCEPT, 3, 0, 0, -Errno.AGAIN),
      ...record(OP_LOOK, 0, 4096, 16, 1),
      ...record(OP_ACCEPT, 3, 0, 0, 77),
    );
    memory.view.setUint32(256, 6 * 32, true);
    expect(decoder.result("fd_write", args, 0)).toBe(
      '0 iovs=[1.0, EPERM, 4 "ping", 5, EAGAIN, 1 [{fd=5 in|hup}]] size=192',
    );
  });

  it("shows the wakeups that were read", () => {
    const made = rig();
    const args = placed(made, 5, 0x0001_2001, 6, 0x0010_0004);
    expect(made.decoder.call("fd_read", args)).toBe("fd_read(fd=ready_file, iovs=[16])");
    made.memory.view.setUint32(256, 16, true);
    expect(made.decoder.result("fd_read", args, 0)).toBe(
      "0 iovs=[{fd=5 in|rdhup ready=in}, {fd=6 out ready=hup}] size=16",
    );
  });

  it("shows the array over which poll_oneoff sleeps, and its ready entries", () => {
    const { decoder, memory } = rig();
    const { view } = memory;
    view.setUint8(48 + 8, 1);
    view.setUint32(48 + 16, READY_FILE, true);
    view.setUint32(48 + 32, 4096, true);
    view.setUint32(48 + 36, 16, true);
    view.setInt32(4096, 5, true);
    view.setUint16(4100, 0x2001, true);
    view.setInt32(4104, 6, true);
    view.setUint16(4108, 4, true);
    const args = [0, 1024, 2, 256] as const;
    expect(decoder.call("poll_oneoff", args)).toBe(
      "poll_oneoff(in=[{0x0 clock realtime in 0s}, {0x0 fd_read fd=ready_file pollfds=[{fd=5 in|rdhup}, {fd=6 out}]}])",
    );
    view.setUint16(4110, 0x14, true);
    view.setUint8(1034, 1);
    view.setUint32(256, 1, true);
    expect(decoder.result("poll_oneoff", args, 0)).toBe(
      "0 out=[{0x0 fd_read nbytes=0}] pollfds=[{fd=6 out|hup}] events=1",
    );
    // The event of the clock.
    view.setUint8(1034, 0);
    expect(decoder.result("poll_oneoff", args, 0)).toBe("0 out=[{0x0 clock}] events=1");
  });

  it("shows the wakeups that poll_oneoff delivers", () => {
    const { decoder, memory } = rig();
    const { view } = memory;
    view.setBigUint64(0, 7n, true);
    view.setUint8(8, 1);
    view.setUint32(16, READY_FILE, true);
    view.setUint32(24, 2048, true);
    view.setUint32(28, 512, true);
    expect(decoder.call("poll_oneoff", [0, 1024, 1, 256])).toBe(
      "poll_oneoff(in=[{0x7 fd_read fd=ready_file wakeups=[512]}])",
    );
    view.setUint32(2048, 5, true);
    view.setUint32(2052, 0x0001_0001, true);
    view.setBigUint64(1024, 7n, true);
    view.setUint8(1034, 1);
    view.setBigUint64(1040, 8n, true);
    view.setUint32(256, 1, true);
    expect(decoder.result("poll_oneoff", [0, 1024, 1, 256], 0)).toBe(
      "0 out=[{0x7 fd_read nbytes=8}] wakeups=[{fd=5 in ready=in}] events=1",
    );
    // Behind the event of a clock with the same userdata.
    memory.bytes.copyWithin(1056, 1024, 1056);
    view.setUint8(1034, 0);
    view.setUint32(256, 2, true);
    expect(decoder.result("poll_oneoff", [0, 1024, 1, 256], 0)).toContain("wakeups=[{fd=5 in ready=in}] events=2");
  });

  it("shows an invalid pointer as such, and the first entries of many", () => {
    const made = rig();
    const args = placed(made, ...record(OP_SEND, 6, PAGE - 2, 5), ...record(OP_LOOK, 0, PAGE, 8));
    expect(made.decoder.call("fd_write", args)).toBe(
      "fd_write(fd=ready_file, iovs=[{send fd=6 0xfffe (outside of memory)}, {look 0x10000 (outside of memory)}])",
    );
    made.memory.view.setUint32(516, 20 * 32, true);
    expect(made.decoder.call("fd_write", args)).toMatch(/, \.\.\.\]\)$/);
    made.memory.view.setUint32(512, PAGE - 4, true);
    expect(made.decoder.call("fd_write", args)).toBe("fd_write(fd=ready_file, iovs=[0xfffc (outside of memory)])");
  });

  it("is decoded for any memory", () => {
    const anything = fc.property(
      fc.uint8Array({ minLength: 512, maxLength: 512 }),
      fc.array(fc.nat(PAGE + 100), { minLength: 4, maxLength: 4 }),
      fc.constantFrom("fd_write", "fd_read"),
      (bytes, [iovs, count, size, at], name) => {
        const { decoder, memory } = rig();
        memory.bytes.set(bytes);
        for (let length = 512; length < PAGE; length *= 2) memory.bytes.copyWithin(length, 0, length);
        if (memory.holds(at, 4)) memory.view.setUint32(at, size, true);
        const args = [READY_FILE, iovs, count % 64, at] as const;
        expect(decoder.call(name, args)).toContain(`${name}(fd=ready_file`);
        expect(decoder.result(name, args, 0)).toMatch(/^0/);
      },
    );
    fc.assert(anything, { numRuns: 500 });
  });
});

it("decodes every call for any arguments and memory", () => {
  const calls: [string, Signature][] = [
    ...Object.entries<Signature>(PREVIEW1),
    ...Object.entries<readonly Signature[]>(WASMEDGE).flatMap(([name, versions]) =>
      versions.map((version): [string, Signature] => [name, version]),
    ),
  ];
  const wide = ["u64", "s64", "timestamp", "rights"];
  const anything = fc.property(
    fc.constantFrom(...calls),
    fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: 12, maxLength: 12 }),
    fc.uint8Array({ minLength: 512, maxLength: 512 }),
    ([name, signature], numbers, bytes) => {
      const { decoder, memory } = rig();
      memory.bytes.set(bytes);
      for (let size = 512; size < PAGE; size *= 2) memory.bytes.copyWithin(size, 0, size);
      const args = Object.values(signature).map((kind, index) =>
        wide.includes(kind) ? numbers[index] : Number(BigInt.asIntN(32, numbers[index] >> BigInt(index * 4))),
      );
      expect(decoder.call(name, args)).toContain(`${name}(`);
      expect(decoder.result(name, args, 0)).toMatch(/^0/);
    },
  );
  fc.assert(anything, { numRuns: 500 });
});

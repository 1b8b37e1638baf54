import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { Fdflags, Filetype } from "../../../../wasi-host/abi/file-attributes.ts";
import { Descriptor, DescriptorTable } from "../../../../wasi-host/kernel/descriptors.ts";

const RESERVED = 1_000_000;

class Plain extends Descriptor {
  readonly kind = "stream";
  readonly filetype = Filetype.SOCKET_STREAM;
  readonly rights = 0n;
  closed = 0;

  constructor(handle = -1) {
    super();
    this.handle = handle;
  }
  close(): number {
    return this.closed++;
  }
}

describe("a table of descriptors", () => {
  it("assigns numbers from 0 on", () => {
    const table = new DescriptorTable();
    expect([new Plain(), new Plain(), new Plain()].map((one) => table.insert(one))).toEqual([0, 1, 2]);
  });

  it("has no descriptor at an unused number", () => {
    const table = new DescriptorTable();
    table.insert(new Plain());
    expect([1, -1, 0xffff_ffff, 1.5].map((fd) => table.get(fd))).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("returns EMFILE when full, and has room again after a close", () => {
    const table = new DescriptorTable(2);
    expect([new Plain(), new Plain(), new Plain()].map((one) => table.insert(one))).toEqual([0, 1, -Errno.MFILE]);
    table.remove(0);
    expect(table.insert(new Plain())).toBe(0);
  });

  it("returns a removed descriptor to the caller once", () => {
    const table = new DescriptorTable();
    const one = new Plain();
    table.insert(one);
    expect([table.remove(0), table.remove(0), one.closed]).toEqual([one, undefined, 0]);
  });

  it("moves a descriptor to another number and returns the previous one", () => {
    const table = new DescriptorTable();
    const [one, other] = [new Plain(40), new Plain(41)];
    table.insert(one);
    table.insert(other);
    table.refuse(0);
    expect([table.renumber(0, 1), table.get(0), table.get(1)]).toEqual([other, undefined, one]);
    expect([table.watchable(0), table.watchable(1)]).toEqual([-Errno.BADF, -Errno.PERM]);
    expect(table.insert(new Plain())).toBe(0);
  });

  it("closes all open descriptors when cleared", () => {
    const table = new DescriptorTable();
    const all = [new Plain(), new Plain(), new Plain()];
    for (const one of all) table.insert(one);
    table.clear();
    expect([all.map(({ closed }) => closed), [...table.open()]]).toEqual([[1, 1, 1], []]);
  });

  it("notifies before a number is closed, while its descriptor still exists", () => {
    const table = new DescriptorTable();
    const one = new Plain();
    table.insert(one);
    const told: unknown[] = [];
    table.beforeClose.push((fd, descriptor) => told.push([fd, descriptor === one, table.get(fd) === one, one.closed]));
    table.remove(0);
    expect(told).toEqual([[0, true, true, 0]]);
  });

  it("returns the handle to poll, or why there is none", () => {
    const table = new DescriptorTable();
    table.insert(new Plain(40));
    table.insert(new Plain());
    expect([0, 1, 2, -1, 0xffff_ffff].map((fd) => table.watchable(fd))).toEqual([
      40,
      -Errno.PERM,
      -Errno.BADF,
      -Errno.BADF,
      -Errno.BADF,
    ]);
    table.remove(0);
    expect(table.watchable(0)).toBe(-Errno.BADF);
  });

  it("remembers that the kernel's poll refuses a descriptor", () => {
    const table = new DescriptorTable();
    table.insert(new Plain(40));
    table.refuse(0);
    expect(table.watchable(0)).toBe(-Errno.PERM);
  });

  it("knows which numbers were ever open", () => {
    const table = new DescriptorTable();
    table.insert(new Plain());
    table.remove(0);
    expect([table.wasOpen(0), table.wasOpen(1)]).toEqual([true, false]);
  });

  it("keeps a reserved number closed until claimed, and makes its descriptor once", () => {
    const table = new DescriptorTable(2);
    let made = 0;
    table.reserve(RESERVED, () => {
      made++;
      return new Plain();
    });
    expect([table.get(RESERVED), table.watchable(RESERVED), table.isClaimed(RESERVED), made]).toEqual([
      undefined,
      -Errno.BADF,
      false,
      0,
    ]);
    const claimed = table.claim(RESERVED);
    expect([
      table.claim(RESERVED) === claimed,
      table.get(RESERVED) === claimed,
      table.isClaimed(RESERVED),
      made,
    ]).toEqual([true, true, true, 1]);
    expect(table.watchable(RESERVED)).toBe(-Errno.PERM);
  });

  it("claiming an ordinary number is a lookup", () => {
    const table = new DescriptorTable();
    const one = new Plain();
    table.insert(one);
    expect([table.claim(0), table.claim(5)]).toEqual([one, undefined]);
  });

  it("never assigns a number twice and stays dense", () => {
    const dense = fc.property(fc.array(fc.option(fc.nat({ max: 20 })), { maxLength: 100 }), (steps) => {
      const table = new DescriptorTable();
      const open = new Map<number, Plain>();
      let most = 0;
      for (const step of steps) {
        if (step === null) {
          const one = new Plain(100 + open.size);
          const fd = table.insert(one);
          expect(open.has(fd)).toBe(false);
          open.set(fd, one);
          most = Math.max(most, open.size);
          expect(fd).toBeLessThan(most);
        } else {
          expect(table.remove(step)).toBe(open.get(step));
          open.delete(step);
        }
        for (let fd = 0; fd < 25; fd++) {
          expect(table.get(fd)).toBe(open.get(fd));
          expect(table.watchable(fd)).toBe(open.get(fd)?.handle ?? -Errno.BADF);
        }
      }
    });
    fc.assert(dense);
  });
});

describe("a descriptor", () => {
  it("returns ENOTSUP for every call by default", () => {
    const one = new Plain();
    expect([one.read(new Uint8Array(1), 0, 1), one.write(new Uint8Array(1), 0, 1)]).toEqual([
      -Errno.NOTSUP,
      -Errno.NOTSUP,
    ]);
  });

  it("is nonblocking if that flag is among those set", () => {
    const one = new Plain();
    one.fdflags = Fdflags.APPEND;
    expect(one.nonblocking).toBe(false);
    one.fdflags = Fdflags.APPEND | Fdflags.NONBLOCK;
    expect(one.nonblocking).toBe(true);
  });
});

import { expect, it } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { checkFstflags } from "../../../../wasi-host/abi/file-attributes.ts";

it("each time is set, set to now, or kept; set and now together is EINVAL", () => {
  const [ATIM, ATIM_NOW, MTIM, MTIM_NOW] = [1, 2, 4, 8];
  for (let flags = 0; flags < 16; flags++) {
    const both = (one: number, other: number) => (flags & one) !== 0 && (flags & other) !== 0;
    const expected = both(ATIM, ATIM_NOW) || both(MTIM, MTIM_NOW) ? Errno.INVAL : 0;
    expect([flags, checkFstflags(flags)]).toEqual([flags, expected]);
  }
});

it.each([16, 0x8000, -1])("an unknown bit is EINVAL: %i", (flags) => {
  expect(checkFstflags(flags)).toBe(Errno.INVAL);
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERRNO_NAMES, Errno, errnoName, errnoOfCode } from "../../../../wasi-host/abi/errno.ts";

describe("error numbers", () => {
  it.each([
    ["SUCCESS", 0],
    ["AGAIN", 6],
    ["BADF", 8],
    ["CONNREFUSED", 14],
    ["FAULT", 21],
    ["INVAL", 28],
    ["MFILE", 33],
    ["NOSYS", 52],
    ["PIPE", 64],
    ["NOTCAPABLE", 76],
  ] as const)("%s is %i, as in the witx", (name, number) => {
    expect(Errno[name]).toBe(number);
  });

  it("each have their own name", () => {
    expect(new Set(ERRNO_NAMES).size).toBe(77);
  });

  it("are the same in guest and host", () => {
    const source = readFileSync("assembly/abi/errno.ts", "utf8");
    const constants = [...source.matchAll(/export const E(\w+)[^=\n]*= (\d+)/g)];
    expect(constants.length).toBeGreaterThan(5);
    for (const [, name, number] of constants) {
      expect([name, Errno[name as keyof typeof Errno] ?? Errno.AGAIN]).toEqual([name, Number(number)]);
    }
  });
});

describe("a name", () => {
  it("is C's name for a known number", () => {
    expect([errnoName(6), errnoName(76)]).toEqual(["EAGAIN", "ENOTCAPABLE"]);
  });

  it("is that of a lookup's error for WasmEdge's numbers", () => {
    expect([errnoName(77), errnoName(84), errnoName(87)]).toEqual(["EAI_ADDRFAMILY", "EAI_NONAME", "EAI_SYSTEM"]);
  });

  it("is the number itself if unknown", () => {
    expect([errnoName(88), errnoName(-1)]).toEqual(["errno 88", "errno -1"]);
  });
});

describe("a code of Node", () => {
  it.each([
    ["ECONNREFUSED", Errno.CONNREFUSED],
    ["EADDRINUSE", Errno.ADDRINUSE],
    ["EWOULDBLOCK", Errno.AGAIN],
    ["EOPNOTSUPP", Errno.NOTSUP],
    ["ERR_SOCKET_CLOSED", Errno.IO],
    ["EAI_NODATA", Errno.IO],
    [undefined, Errno.IO],
  ])("%s is the number %i", (code, errno) => {
    expect(errnoOfCode(code)).toBe(errno);
  });

  it("of each WASI error is that error", () => {
    for (const name of ERRNO_NAMES.slice(1)) expect(errnoOfCode(`E${name}`)).toBe(Errno[name]);
  });
});

import { describe, expect, it } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { attempt, SystemError } from "../../../../wasi-host/errors/system-error.ts";

describe("a system error", () => {
  it("has the shape of Node's errors", () => {
    expect(new SystemError(Errno.ADDRINUSE, "bind", "127.0.0.1:80")).toMatchObject({
      name: "SystemError",
      code: "EADDRINUSE",
      errno: -3,
      syscall: "bind",
      message: "EADDRINUSE: bind 127.0.0.1:80",
    });
  });

  it("omits a missing subject", () => {
    expect(new SystemError(Errno.MFILE, "socket").message).toBe("EMFILE: socket");
  });

  it("becomes a negated errno in attempt()", () => {
    const fail = (): number => {
      throw new SystemError(Errno.MFILE, "socket");
    };
    expect([attempt(() => 7), attempt(fail)]).toEqual([7, -Errno.MFILE]);
  });

  it("attempt() rethrows other errors", () => {
    expect(() =>
      attempt(() => {
        throw new TypeError("a fault");
      }),
    ).toThrow("a fault");
  });
});

import { expect, it } from "vitest";
import { milliseconds } from "../../../src/timeout.ts";

it.each([
  [0, 0],
  [5, 5],
  [0.001, 1],
  [4.2, 5],
  [0x7fff_ffff, 0x7fff_ffff],
  [-1, -1],
  [-0.5, -1],
  [Infinity, -1],
  [0x8000_0000, -1],
])("rounds a timeout of %d up to %i ms; -1 is for ever", (timeout, expected) => {
  expect(milliseconds(timeout, "poll")).toBe(expected);
});

it("reports EINVAL with the call's name for NaN", () => {
  expect(() => milliseconds(Number.NaN, "epoll_wait")).toThrow(
    expect.objectContaining({ code: "EINVAL", syscall: "epoll_wait", message: expect.stringContaining("NaN") }),
  );
});

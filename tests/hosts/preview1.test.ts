/** The host's functions, and those that concern only the host. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { WITX } from "../witx.ts";
import { Guest } from "./hand-driven-guest.ts";

/** Calls with a second name in WasmEdge. */
const SECOND_NAMES = `open bind listen accept connect recv recv_from send send_to getlocaladdr getpeeraddr`
  .split(" ")
  .map((call) => `sock_${call}_v2`);

/** WasmEdge's extension: wasmedge*.test.ts, datagrams.test.ts, lookup.test.ts. */
const BESIDE = `sock_bind sock_connect sock_getaddrinfo sock_getlocaladdr sock_getpeeraddr sock_getsockopt sock_listen
  sock_open sock_recv_from sock_send_to sock_setsockopt`.split(/\s+/);

describe("preview1", () => {
  it("has exactly the functions of the witx and of WasmEdge's extension", async () => {
    using guest = await Guest.open();
    expect(Object.keys(guest.calls).sort()).toEqual([...WITX, ...SECOND_NAMES, ...BESIDE].sort());
  });

  it("sched_yield succeeds, and proc_raise returns ENOSYS", async () => {
    using guest = await Guest.open();
    expect(guest.calls.sched_yield()).toBe(0);
    expect(guest.calls.proc_raise(15)).toBe(Errno.NOSYS);
  });

  it("random_get fills a large buffer, and nothing beside it", async () => {
    using guest = await Guest.open();
    guest.memory.grow(4);
    expect(guest.calls.random_get(1000, 200_000)).toBe(0);
    const zeros = (from: number, to: number) => guest.bytes(from, to - from).filter((byte) => byte === 0).length;
    expect(zeros(0, 1000)).toBe(1000);
    expect(zeros(201_000, 300_000)).toBe(99_000);
    for (let from = 1000; from < 201_000; from += 10_000) expect(zeros(from, from + 10_000)).toBeLessThan(200);
  });
});

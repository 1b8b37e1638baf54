/** sock_recv's riflags (witx, `$riflags`): PEEK and WAITALL. */
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Guest, NONBLOCK } from "./hand-driven-guest.ts";
import { lateClient } from "./late-client.ts";

const OUT = 16;
const PEEK = 1;
const WAITALL = 2;

const open = () => Guest.open({ listen: ["127.0.0.1:0"] });

describe("sock_recv with PEEK", () => {
  it("shows the bytes and keeps them, over several iovecs too", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("abcdef");
    expect(guest.receive(stream, 4, PEEK).text).toBe("abcd");
    const room = guest.room(32);
    const array = guest.iovecs([room, 2], [room + 8, 2], [room + 16, 8]);
    expect(guest.calls.sock_recv(stream, ...array, PEEK, OUT, OUT + 8)).toBe(0);
    expect([guest.u32(), guest.bytes(room, 20).toString()]).toEqual([6, "ab\0\0\0\0\0\0cd\0\0\0\0\0\0ef\0\0"]);
    expect(guest.receive(stream, 16).text).toBe("abcdef");
  });

  it("uses the original iovecs, even if the received bytes overwrite them", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection();
    await client.write("@xyz");
    const room = guest.room(32);
    const [array, count] = guest.iovecs([0, 1], [room, 8]);
    // The lowest byte of the second buffer's address is in the first buffer.
    guest.view.setUint32(array, array + 8, true);
    expect(guest.calls.sock_recv(stream, array, count, PEEK, OUT, OUT + 8)).toBe(0);
    expect([guest.u32(), guest.bytes(room, 4).toString()]).toEqual([4, "xyz\0"]);
  });

  it("sleeps on a blocking stream until data arrives, and is EAGAIN on a NONBLOCK one", async () => {
    using guest = await open();
    await lateClient(guest, "late");
    guest.calls.sock_accept(3, 0, OUT);
    const stream = guest.u32();
    guest.calls.fd_fdstat_set_flags(stream, NONBLOCK);
    expect(guest.receive(stream, 8, PEEK).errno).toBe(Errno.AGAIN);
    guest.calls.fd_fdstat_set_flags(stream, 0);
    expect(guest.receive(stream, 8, PEEK).text).toBe("late");
  });
});

describe("sock_recv with WAITALL", () => {
  it("sleeps until every iovec is full", async () => {
    using guest = await open();
    await lateClient(guest, "abc", "def", "ghi");
    guest.calls.sock_accept(3, 0, OUT);
    const stream = guest.u32();
    const room = guest.room(16);
    expect(guest.calls.sock_recv(stream, ...guest.iovecs([room, 4], [room + 4, 4]), WAITALL, OUT, OUT + 8)).toBe(0);
    expect([guest.u32(), guest.bytes(room, 9).toString()]).toEqual([8, "abcdefgh\0"]);
  });

  it("is a short count at the end of the stream", async () => {
    using guest = await open();
    await lateClient(guest, "abc", "de", "end");
    guest.calls.sock_accept(3, 0, OUT);
    expect(guest.receive(guest.u32(), 100, WAITALL).text).toBe("abcde");
  });

  it("returns the available bytes of a NONBLOCK stream", async () => {
    using guest = await open();
    const { client, stream } = await guest.connection(NONBLOCK);
    await client.write("abc");
    expect(guest.receive(stream, 100, WAITALL)).toEqual({ errno: 0, text: "abc" });
    expect(guest.receive(stream, 100, WAITALL).errno).toBe(Errno.AGAIN);
  });

  it("and PEEK sleeps until that many bytes can be peeked, or the stream ends", async () => {
    using guest = await open();
    await lateClient(guest, "abc", "def", "g", "end");
    guest.calls.sock_accept(3, 0, OUT);
    const stream = guest.u32();
    expect(guest.receive(stream, 6, PEEK | WAITALL).text).toBe("abcdef");
    expect(guest.receive(stream, 100, PEEK | WAITALL).text).toBe("abcdefg");
    expect(guest.receive(stream, 100, WAITALL).text).toBe("abcdefg");
  });
});

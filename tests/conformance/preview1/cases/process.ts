/** Calls without files: arguments, clocks, polling, exit, random numbers, sockets. tests/hosts has more of them. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, FD, LISTENER, type Rig, WHENCE } from "../rig.ts";

function strings(r: Rig, family: "args" | "environ"): string[] {
  expect(r.calls[`${family}_sizes_get`](r.out, r.out + 4)).toBe(0);
  const [count, size] = [r.guest.u32(r.out), r.guest.u32(r.out + 4)];
  const [pointers, text] = [r.guest.room(count * 4), r.guest.room(size)];
  expect(r.calls[`${family}_get`](pointers, text)).toBe(0);
  const first = count === 0 ? text : r.guest.u32(pointers);
  expect(first).toBe(text);
  return r.guest.bytes(text, size).toString().split("\0").slice(0, -1);
}

function clock(r: Rig, id: number): bigint {
  expect(r.calls.clock_time_get(id, 1n, r.out)).toBe(0);
  return r.guest.u64();
}

/** The `nbytes` of a subscription to read. */
function bytesToRead(r: Rig, fd: number): bigint {
  const at = r.guest.room(48);
  r.guest.view.setUint8(at + 8, 1);
  r.guest.view.setUint32(at + 16, fd, true);
  const events = r.guest.room(32);
  expect([r.calls.poll_oneoff(at, events, 1, r.out), r.guest.u32()]).toEqual([0, 1]);
  expect([r.guest.view.getUint16(events + 8, true), r.guest.view.getUint8(events + 10)]).toEqual([0, 1]);
  return r.guest.u64(events + 16);
}

export const process: Cases = {
  args_get: {
    "gives the arguments, each with a NUL behind it": (r) =>
      expect(strings(r, "args")).toEqual(["program", "argument"]),
    "past memory is EFAULT": (r) => expect(r.calls.args_get(-4, 1024)).toBe(Errno.FAULT),
  },
  args_sizes_get: {
    "tells how many there are, and their bytes": (r) => {
      expect(r.calls.args_sizes_get(r.out, r.out + 4)).toBe(0);
      expect([r.guest.u32(r.out), r.guest.u32(r.out + 4)]).toEqual([2, "program\0argument\0".length]);
    },
    "past memory is EFAULT": (r) => expect(r.calls.args_sizes_get(r.out, -1)).toBe(Errno.FAULT),
  },
  environ_get: {
    "gives KEY=VALUE, each with a NUL behind it": (r) => expect(strings(r, "environ")).toEqual(["LANG=C"]),
    "past memory is EFAULT": (r) => expect(r.calls.environ_get(-4, 1024)).toBe(Errno.FAULT),
  },
  environ_sizes_get: {
    "tells how many there are, and their bytes": (r) => {
      expect(r.calls.environ_sizes_get(r.out, r.out + 4)).toBe(0);
      expect([r.guest.u32(r.out), r.guest.u32(r.out + 4)]).toEqual([1, "LANG=C\0".length]);
    },
    "past memory is EFAULT": (r) => expect(r.calls.environ_sizes_get(-1, r.out)).toBe(Errno.FAULT),
  },
  clock_res_get: {
    "is not zero, for each clock": (r) => {
      for (let id = 0; id < 4; id++) {
        expect(r.calls.clock_res_get(id, r.out)).toBe(0);
        expect(r.guest.u64()).toBeGreaterThan(0n);
      }
    },
    "of an unknown clock is EINVAL": (r) => expect(r.calls.clock_res_get(4, r.out)).toBe(Errno.INVAL),
  },
  clock_time_get: {
    "goes on, for each clock, and tells the time of day": (r) => {
      for (let id = 0; id < 4; id++) expect(clock(r, id)).toBeLessThanOrEqual(clock(r, id));
      const apart = Number(clock(r, 0) / 1_000_000n) - Date.now();
      expect(Math.abs(apart)).toBeLessThan(60_000);
    },
    "of an unknown clock is EINVAL": (r) => expect(r.calls.clock_time_get(4, 1n, r.out)).toBe(Errno.INVAL),
  },
  poll_oneoff: {
    "reports a file as ready to be read and written": (r) => {
      const fd = r.opened("file");
      const at = r.guest.room(96);
      for (const [index, type] of [1, 2].entries()) {
        r.guest.view.setBigUint64(at + index * 48, BigInt(70 + index), true);
        r.guest.view.setUint8(at + index * 48 + 8, type);
        r.guest.view.setUint32(at + index * 48 + 16, fd, true);
      }
      const events = r.guest.room(64);
      expect(r.calls.poll_oneoff(at, events, 2, r.out)).toBe(0);
      expect(r.guest.u32()).toBe(2);
      const told = [0, 32].map((offset) => [
        r.guest.u64(events + offset),
        r.guest.view.getUint16(events + offset + 8, true),
        r.guest.view.getUint8(events + offset + 10),
      ]);
      expect(told).toEqual([
        [70n, 0, 1],
        [71n, 0, 2],
      ]);
    },
    "tells how much of a file is left to be read, and leaves the position": (r) => {
      const fd = r.opened("file");
      expect(bytesToRead(r, fd)).toBe(10n);
      r.read(fd, 3);
      expect([bytesToRead(r, fd), r.tell(fd)]).toEqual([7n, 3]);
      r.seek(fd, 0n, WHENCE.END);
      expect([bytesToRead(r, fd), r.tell(fd)]).toEqual([0n, 10]);
      r.seek(fd, 20n, WHENCE.SET);
      expect([bytesToRead(r, fd), r.tell(fd)]).toEqual([0n, 20]);
      r.calls.fd_filestat_set_size(fd, 1_000_000n);
      expect([bytesToRead(r, fd), r.tell(fd)]).toEqual([999_980n, 20]);
    },
    "tells how much is left of a file that is open for appending": (r) => {
      const fd = r.opened("file", { fdflags: FD.APPEND });
      expect(bytesToRead(r, fd)).toBe(10n);
      r.write(fd, "more");
      expect(bytesToRead(r, fd)).toBe(0n);
    },
    "a directory has no bytes to read": (r) => expect(bytesToRead(r, r.dir)).toBe(0n),
    "a descriptor that is not open is an event with EBADF": (r) => {
      const at = r.guest.room(48);
      r.guest.view.setUint8(at + 8, 1);
      r.guest.view.setUint32(at + 16, 99, true);
      const events = r.guest.room(32);
      expect([r.calls.poll_oneoff(at, events, 1, r.out), r.guest.u32()]).toEqual([0, 1]);
      expect(r.guest.view.getUint16(events + 8, true)).toBe(Errno.BADF);
    },
    "of nothing is EINVAL": (r) => expect(r.calls.poll_oneoff(1024, 2048, 0, r.out)).toBe(Errno.INVAL),
  },
  proc_exit: {
    "does not come back": (r) => expect(() => r.calls.proc_exit(3)).toThrow(),
  },
  proc_raise: {
    "is ENOSYS: there are no signals": (r) => expect(r.calls.proc_raise(15)).toBe(Errno.NOSYS),
  },
  sched_yield: {
    succeeds: (r) => expect(r.calls.sched_yield()).toBe(0),
  },
  random_get: {
    "fills the buffer": (r) => {
      const at = r.guest.room(64);
      expect(r.calls.random_get(at, 64)).toBe(0);
      expect(r.guest.bytes(at, 64).equals(Buffer.alloc(64))).toBe(false);
    },
    "past memory is EFAULT": (r) => expect(r.calls.random_get(65_530, 64)).toBe(Errno.FAULT),
  },
  sock_accept: {
    "gives a connection, and EAGAIN where none waits and NONBLOCK is set": async (r) => {
      const { client, stream } = await r.guest.connection();
      expect(r.fdstat(stream)).toMatchObject({ type: 6, flags: 0 });
      r.calls.fd_fdstat_set_flags(LISTENER, FD.NONBLOCK);
      expect(r.calls.sock_accept(LISTENER, FD.NONBLOCK, r.out)).toBe(Errno.AGAIN);
      client.socket.destroy();
    },
    "on what is no socket is ENOTSOCK, on what is not open EBADF": (r) => {
      for (const fd of [0, r.dir, r.opened("file")]) expect(r.calls.sock_accept(fd, 0, r.out)).toBe(Errno.NOTSOCK);
      expect(r.calls.sock_accept(99, 0, r.out)).toBe(Errno.BADF);
    },
    "an unknown flag is EINVAL": (r) => expect(r.calls.sock_accept(LISTENER, 32, r.out)).toBe(Errno.INVAL),
  },
  sock_recv: {
    "takes what has come, and leaves it where it is only looked at": async (r) => {
      const { client, stream } = await r.guest.connection();
      await client.write("hello");
      expect(r.guest.receive(stream, 3, 1)).toEqual({ errno: 0, text: "hel" });
      expect(r.guest.receive(stream, 8)).toEqual({ errno: 0, text: "hello" });
      client.socket.destroy();
    },
    "on what is no socket is ENOTSOCK, on what is not open EBADF": (r) => {
      const iovs = r.guest.iovecs([r.guest.room(8), 8]);
      expect(r.calls.sock_recv(r.opened("file"), ...iovs, 0, r.out, r.out + 8)).toBe(Errno.NOTSOCK);
      expect(r.calls.sock_recv(99, ...iovs, 0, r.out, r.out + 8)).toBe(Errno.BADF);
    },
  },
  sock_send: {
    "sends one buffer after the other": async (r) => {
      const { client, stream } = await r.guest.connection();
      const iovs = r.guest.iovecs(r.guest.place("hel"), r.guest.place("lo"));
      expect([r.calls.sock_send(stream, ...iovs, 0, r.out), r.guest.u32()]).toEqual([0, 5]);
      expect(await client.read(5)).toBe("hello");
      client.socket.destroy();
    },
    "on what is no socket is ENOTSOCK, on what is not open EBADF": (r) => {
      const iovs = r.guest.iovecs(r.guest.place("x"));
      expect(r.calls.sock_send(r.opened("file"), ...iovs, 0, r.out)).toBe(Errno.NOTSOCK);
      expect(r.calls.sock_send(99, ...iovs, 0, r.out)).toBe(Errno.BADF);
    },
    "flags are EINVAL: there are none": async (r) => {
      const { client, stream } = await r.guest.connection();
      const iovs = r.guest.iovecs(r.guest.place("x"));
      expect(r.calls.sock_send(stream, ...iovs, 1, r.out)).toBe(Errno.INVAL);
      client.socket.destroy();
    },
  },
  sock_shutdown: {
    "ends a direction: the peer reads the end": async (r) => {
      const { client, stream } = await r.guest.connection();
      const ended = new Promise((resolve) => client.socket.once("end", resolve));
      expect(r.calls.sock_shutdown(stream, 2)).toBe(0);
      await ended;
      client.socket.destroy();
    },
    "of no direction, or an unknown one, is EINVAL": async (r) => {
      const { client, stream } = await r.guest.connection();
      expect([r.calls.sock_shutdown(stream, 0), r.calls.sock_shutdown(stream, 4)]).toEqual([Errno.INVAL, Errno.INVAL]);
      client.socket.destroy();
    },
    "of what is no socket is ENOTSOCK, of what is not open EBADF": (r) => {
      expect([r.calls.sock_shutdown(r.opened("file"), 3), r.calls.sock_shutdown(99, 3)]).toEqual([
        Errno.NOTSOCK,
        Errno.BADF,
      ]);
    },
  },
};

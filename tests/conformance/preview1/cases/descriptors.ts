/** Operations on open files, except reads and writes. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, DIRECTORY_RIGHTS, O, Rights } from "../rig.ts";

const HUGE = 1n << 62n;

export const descriptors: Cases = {
  fd_advise: {
    "takes every advice, for a part or all of a file": (r) => {
      const fd = r.opened("file");
      for (let advice = 0; advice < 6; advice++) expect(r.calls.fd_advise(fd, 2n, 4n, advice)).toBe(0);
      expect(r.calls.fd_advise(fd, 0n, 0n, 0)).toBe(0);
    },
    "an unknown advice is EINVAL": (r) => {
      expect(r.calls.fd_advise(r.opened("file"), 0n, 0n, 6)).toBe(Errno.INVAL);
    },
    "a length with a sign is EINVAL": (r) => {
      expect(r.calls.fd_advise(r.opened("file"), 0n, -1n, 0)).toBe(Errno.INVAL);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.fileWithout(Rights.FD_ADVISE);
      expect(r.calls.fd_advise(fd, 0n, 0n, 0)).toBe(Errno.NOTCAPABLE);
    },
    "of a directory is EISDIR": (r) => {
      expect(r.calls.fd_advise(r.dir, 0n, 0n, 0)).toBe(Errno.ISDIR);
    },
  },

  fd_allocate: {
    "makes the file as long as it has to be, and no shorter": (r) => {
      const fd = r.opened("file");
      expect([r.calls.fd_allocate(fd, 8n, 8n), r.stat(fd).size]).toEqual([0, 16n]);
      expect([r.calls.fd_allocate(fd, 0n, 4n), r.stat(fd).size]).toEqual([0, 16n]);
      expect(r.content("file")).toBe("0123456789\0\0\0\0\0\0");
    },
    "nothing, and what has a sign, are EINVAL": (r) => {
      const fd = r.opened("file");
      for (const [offset, length] of [
        [0n, 0n],
        [-1n, 4n],
        [0n, -1n],
      ]) {
        expect([offset, length, r.calls.fd_allocate(fd, offset, length)]).toEqual([offset, length, Errno.INVAL]);
      }
    },
    "what no file has is EFBIG": (r) => {
      const fd = r.opened("file");
      expect(r.calls.fd_allocate(fd, HUGE, 1n)).toBe(Errno.FBIG);
      expect(r.stat(fd).size).toBe(10n);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.fileWithout(Rights.FD_ALLOCATE);
      expect(r.calls.fd_allocate(fd, 0n, 20n)).toBe(Errno.NOTCAPABLE);
    },
    "of a directory is EISDIR": (r) => {
      expect(r.calls.fd_allocate(r.dir, 0n, 1n)).toBe(Errno.ISDIR);
    },
  },

  fd_close: {
    "ends a descriptor, and leaves another of the same file": (r) => {
      const [one, two] = [r.opened("file"), r.opened("file")];
      expect(r.calls.fd_close(one)).toBe(0);
      expect([r.read(one, 4), r.read(two, 4)]).toEqual([-Errno.BADF, "0123"]);
    },
    "closes a granted directory too, which is no longer one then": (r) => {
      expect(r.calls.fd_close(r.dir)).toBe(0);
      expect(r.calls.fd_prestat_get(r.dir, r.out)).toBe(Errno.BADF);
      expect(r.open("file")).toBe(-Errno.BADF);
    },
    "a second time is EBADF": (r) => {
      const fd = r.opened("file");
      expect([r.calls.fd_close(fd), r.calls.fd_close(fd)]).toEqual([0, Errno.BADF]);
    },
  },

  fd_datasync: {
    "succeeds for a file and a directory": (r) => {
      const rights = DIRECTORY_RIGHTS | Rights.FD_DATASYNC;
      const fd = r.opened("full", { oflags: O.DIRECTORY, rights });
      expect([r.calls.fd_datasync(r.opened("file")), r.calls.fd_datasync(fd)]).toEqual([0, 0]);
    },
    "without the right is ENOTCAPABLE": (r) => {
      expect(r.calls.fd_datasync(r.fileWithout(Rights.FD_DATASYNC))).toBe(Errno.NOTCAPABLE);
    },
  },

  fd_sync: {
    "succeeds for a file and a directory": (r) => {
      expect([r.calls.fd_sync(r.opened("file")), r.calls.fd_sync(r.directory("full"))]).toEqual([0, 0]);
    },
    "without the right is ENOTCAPABLE": (r) => {
      expect(r.calls.fd_sync(r.fileWithout(Rights.FD_SYNC))).toBe(Errno.NOTCAPABLE);
    },
    "of what is not open is EBADF": (r) => {
      expect(r.calls.fd_sync(99)).toBe(Errno.BADF);
    },
  },

  fd_renumber: {
    "moves a file to another's number, with its position and its rights": (r) => {
      const [one, two] = [r.fileWithout(Rights.FD_WRITE), r.opened("other")];
      r.read(one, 4);
      expect(r.calls.fd_renumber(one, two)).toBe(0);
      expect([r.read(two, 2), r.write(two, "x"), r.read(one, 2)]).toEqual(["45", -Errno.NOTCAPABLE, -Errno.BADF]);
    },
    "moves a directory, and a granted one": (r) => {
      const [one, two] = [r.directory("full"), r.opened("other")];
      expect(r.calls.fd_renumber(one, two)).toBe(0);
      expect(r.names(two)).toContain("inner");
      expect(r.calls.fd_renumber(r.dir, two)).toBe(0);
      expect(r.open("file", { in: two })).toBeGreaterThan(2);
      expect(r.calls.fd_prestat_get(two, r.out)).toBe(0);
    },
    "to or from what is not open is EBADF, and changes nothing": (r) => {
      const fd = r.opened("file");
      expect([r.calls.fd_renumber(fd, 99), r.calls.fd_renumber(99, fd)]).toEqual([Errno.BADF, Errno.BADF]);
      expect(r.read(fd, 2)).toBe("01");
    },
    "frees the old number, which is given out again": (r) => {
      const [one, two] = [r.opened("file"), r.opened("other")];
      r.calls.fd_renumber(one, two);
      expect(r.opened("full", { oflags: O.DIRECTORY })).toBe(one);
    },
  },
};

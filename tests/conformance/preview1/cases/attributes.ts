/** The attributes of an open file, and their changes: fd_fdstat_get, fd_filestat_get, and the calls that set them. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, DIRECTORY_RIGHTS, FD, FILE_RIGHTS, Rights, TIMES, TYPE, WHENCE } from "../rig.ts";

const HUGE = 1n << 62n;
const SECOND = 1_000_000_000n;

export const attributes: Cases = {
  fd_fdstat_get: {
    "tells a file's kind, flags and rights": (r) => {
      const fd = r.opened("file", { rights: Rights.FD_READ, fdflags: FD.APPEND });
      const rights = FILE_RIGHTS & ~Rights.FD_WRITE;
      expect(r.fdstat(fd)).toEqual({ type: TYPE.FILE, flags: FD.APPEND, rights, inheriting: 0n });
    },
    "a granted directory may do, and hand on, all that the libraries ask for": (r) => {
      const { type, flags, rights, inheriting } = r.fdstat(r.dir);
      expect([type, flags]).toEqual([TYPE.DIRECTORY, 0]);
      expect(DIRECTORY_RIGHTS & ~Rights.FD_FDSTAT_SET_FLAGS & ~rights).toBe(0n);
      expect((DIRECTORY_RIGHTS | FILE_RIGHTS) & ~inheriting).toBe(0n);
    },
    "rights that mean nothing for what was opened are not there": (r) => {
      const asked = Rights.FD_READ | Rights.FD_READDIR | Rights.PATH_OPEN;
      const ofFile = r.fdstat(r.opened("file", { rights: asked })).rights;
      const ofDirectory = r.fdstat(r.opened("full", { rights: asked })).rights;
      expect([ofFile & asked, ofDirectory & asked]).toEqual([Rights.FD_READ, Rights.FD_READDIR | Rights.PATH_OPEN]);
    },
    "of what is not open is EBADF": (r) => {
      expect(r.calls.fd_fdstat_get(99, r.out)).toBe(Errno.BADF);
    },
  },

  fd_fdstat_set_flags: {
    "APPEND can be set and taken back": (r) => {
      const fd = r.opened("file");
      expect(r.calls.fd_fdstat_set_flags(fd, FD.APPEND)).toBe(0);
      r.write(fd, "ab");
      expect([r.fdstat(fd).flags, r.content("file")]).toEqual([FD.APPEND, "0123456789ab"]);
      expect(r.calls.fd_fdstat_set_flags(fd, 0)).toBe(0);
      r.seek(fd, 0n, WHENCE.SET);
      r.write(fd, "ab");
      expect([r.fdstat(fd).flags, r.content("file")]).toEqual([0, "ab23456789ab"]);
    },
    "keeps the position": (r) => {
      const fd = r.opened("file");
      r.read(fd, 4);
      r.calls.fd_fdstat_set_flags(fd, FD.APPEND);
      expect([r.tell(fd), r.read(fd, 2)]).toEqual([4, "45"]);
    },
    "NONBLOCK can be set, and changes nothing for a file": (r) => {
      const fd = r.opened("file");
      expect(r.calls.fd_fdstat_set_flags(fd, FD.NONBLOCK)).toBe(0);
      expect([r.fdstat(fd).flags, r.read(fd, 4)]).toEqual([FD.NONBLOCK, "0123"]);
    },
    "how it is written through cannot be changed: ENOTSUP": (r) => {
      const fd = r.opened("file");
      for (const flag of [FD.DSYNC, FD.RSYNC, FD.SYNC]) {
        expect([flag, r.calls.fd_fdstat_set_flags(fd, flag), r.fdstat(fd).flags]).toEqual([flag, Errno.NOTSUP, 0]);
      }
    },
    "an unknown flag is EINVAL": (r) => {
      expect(r.calls.fd_fdstat_set_flags(r.opened("file"), 32)).toBe(Errno.INVAL);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.fileWithout(Rights.FD_FDSTAT_SET_FLAGS);
      expect(r.calls.fd_fdstat_set_flags(fd, FD.APPEND)).toBe(Errno.NOTCAPABLE);
    },
  },

  fd_fdstat_set_rights: {
    "gives up rights, and they are gone": (r) => {
      const fd = r.opened("file");
      expect(r.calls.fd_fdstat_set_rights(fd, Rights.FD_READ | Rights.FD_TELL, 0n)).toBe(0);
      expect(r.fdstat(fd).rights).toBe(Rights.FD_READ | Rights.FD_TELL);
      expect([r.read(fd, 2), r.write(fd, "x")]).toEqual(["01", -Errno.NOTCAPABLE]);
    },
    "what a directory does not hand on any more cannot be had from it": (r) => {
      r.narrow(r.dir, { inheriting: Rights.FD_WRITE });
      expect(r.open("file")).toBe(-Errno.NOTCAPABLE);
      const fd = r.opened("file", { rights: Rights.FD_READ });
      expect([r.read(fd, 2), r.fdstat(fd).rights & Rights.FD_WRITE]).toEqual(["01", 0n]);
    },
    "adding one, to use or to hand on, is ENOTCAPABLE": (r) => {
      const fd = r.opened("file", { rights: Rights.FD_READ });
      const { rights } = r.fdstat(fd);
      expect(r.calls.fd_fdstat_set_rights(fd, rights | Rights.FD_WRITE, 0n)).toBe(Errno.NOTCAPABLE);
      expect(r.calls.fd_fdstat_set_rights(fd, rights, Rights.FD_READ)).toBe(Errno.NOTCAPABLE);
      expect([r.fdstat(fd).rights, rights & Rights.FD_WRITE]).toEqual([rights, 0n]);
    },
  },

  fd_filestat_get: {
    "tells kind, size and links of a file, and who it is": (r) => {
      const [one, two] = [r.stat(r.opened("file")), r.stat(r.opened("other"))];
      expect([one.type, one.size, one.links]).toEqual([TYPE.FILE, 10n, 1n]);
      expect([one.dev === two.dev, one.ino === two.ino]).toEqual([true, false]);
      expect(r.statAt("file")).toMatchObject({ dev: one.dev, ino: one.ino });
    },
    "of a directory": (r) => {
      expect(r.stat(r.dir).type).toBe(TYPE.DIRECTORY);
    },
    "without the right is ENOTCAPABLE": (r) => {
      expect(r.calls.fd_filestat_get(r.fileWithout(Rights.FD_FILESTAT_GET), 1024)).toBe(Errno.NOTCAPABLE);
    },
    "of what is not open is EBADF": (r) => {
      expect(r.calls.fd_filestat_get(99, 1024)).toBe(Errno.BADF);
    },
  },

  fd_filestat_set_size: {
    "cuts, and fills with zeros": (r) => {
      const fd = r.opened("file");
      expect([r.calls.fd_filestat_set_size(fd, 4n), r.content("file")]).toEqual([0, "0123"]);
      expect([r.calls.fd_filestat_set_size(fd, 6n), r.content("file")]).toEqual([0, "0123\0\0"]);
    },
    "a size with a sign is EINVAL, one that no file has EFBIG": (r) => {
      const fd = r.opened("file");
      expect(r.calls.fd_filestat_set_size(fd, -1n)).toBe(Errno.INVAL);
      expect(r.calls.fd_filestat_set_size(fd, HUGE)).toBe(Errno.FBIG);
      expect(r.stat(fd).size).toBe(10n);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.fileWithout(Rights.FD_FILESTAT_SET_SIZE);
      expect(r.calls.fd_filestat_set_size(fd, 0n)).toBe(Errno.NOTCAPABLE);
    },
    "of a directory is EISDIR": (r) => {
      expect(r.calls.fd_filestat_set_size(r.dir, 0n)).toBe(Errno.ISDIR);
    },
  },

  fd_filestat_set_times: {
    "sets one time or both, to the microsecond, and leaves the other": (r) => {
      const fd = r.opened("file");
      const [early, late] = [5n * SECOND + 123_456_000n, 1_700_000_000n * SECOND + 654_321_000n];
      expect(r.calls.fd_filestat_set_times(fd, early, late, TIMES.ATIM | TIMES.MTIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed: early, modified: late });
      expect(r.calls.fd_filestat_set_times(fd, late, 0n, TIMES.ATIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed: late, modified: late });
      expect(r.calls.fd_filestat_set_times(fd, 0n, 7n * SECOND, TIMES.MTIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed: late, modified: 7n * SECOND });
    },
    "sets times to the nanosecond, and leaves the other to the nanosecond": (r) => {
      const fd = r.opened("file");
      const { accessed, modified } = r.stat(fd);
      expect(r.calls.fd_filestat_set_times(fd, 0n, modified + 101n, TIMES.MTIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed, modified: modified + 101n });
      expect(r.calls.fd_filestat_set_times(fd, accessed - 123_456_789n, 0n, TIMES.ATIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed: accessed - 123_456_789n, modified: modified + 101n });
      expect(r.calls.fd_filestat_set_times(fd, 1n, SECOND - 1n, TIMES.ATIM | TIMES.MTIM)).toBe(0);
      expect(r.stat(fd)).toMatchObject({ accessed: 1n, modified: SECOND - 1n });
    },
    "sets one time to now, and the other to what is given": (r) => {
      const fd = r.opened("file");
      const minuteAgo = BigInt(Date.now() - 60_000) * 1_000_000n;
      expect(r.calls.fd_filestat_set_times(fd, 0n, 5n * SECOND, TIMES.ATIM_NOW | TIMES.MTIM)).toBe(0);
      expect([r.stat(fd).accessed > minuteAgo, r.stat(fd).modified]).toEqual([true, 5n * SECOND]);
      expect(r.calls.fd_filestat_set_times(fd, 6n * SECOND, 0n, TIMES.ATIM | TIMES.MTIM_NOW)).toBe(0);
      expect([r.stat(fd).accessed, r.stat(fd).modified > minuteAgo]).toEqual([6n * SECOND, true]);
    },
    "to now, by the host's clock": (r) => {
      const fd = r.opened("file");
      const before = BigInt(Date.now()) * 1_000_000n;
      r.calls.fd_filestat_set_times(fd, 0n, 0n, TIMES.ATIM | TIMES.MTIM);
      expect(r.calls.fd_filestat_set_times(fd, 0n, 0n, TIMES.ATIM_NOW | TIMES.MTIM_NOW)).toBe(0);
      const { accessed, modified } = r.stat(fd);
      // The kernel sets the time of its last tick, which may be before `before`.
      for (const time of [accessed, modified]) expect(time).toBeGreaterThan(before - SECOND);
    },
    "of a directory, and none at all": (r) => {
      const fd = r.directory("full");
      expect(r.calls.fd_filestat_set_times(fd, 0n, 9n * SECOND, TIMES.MTIM)).toBe(0);
      expect(r.calls.fd_filestat_set_times(fd, 0n, 0n, 0)).toBe(0);
      expect(r.stat(fd).modified).toBe(9n * SECOND);
    },
    "one that is to be given and now is EINVAL, and so is an unknown flag": (r) => {
      const fd = r.opened("file");
      for (const flags of [TIMES.ATIM | TIMES.ATIM_NOW, TIMES.MTIM | TIMES.MTIM_NOW, 16]) {
        expect([flags, r.calls.fd_filestat_set_times(fd, 0n, 0n, flags)]).toEqual([flags, Errno.INVAL]);
      }
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.fileWithout(Rights.FD_FILESTAT_SET_TIMES);
      expect(r.calls.fd_filestat_set_times(fd, 0n, 0n, TIMES.MTIM)).toBe(Errno.NOTCAPABLE);
    },
  },
};

/** Bytes: fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, FD, Rights, WHENCE } from "../rig.ts";

const { SET, CUR, END } = WHENCE;
const FAR = 1n << 62n;
const WRAPS = 1n << 63n;

export const transfers: Cases = {
  fd_pread: {
    "reads at an offset, and leaves the position": (r) => {
      const fd = r.opened("file");
      expect(r.pread(fd, 4, 3n)).toBe("3456");
      expect(r.tell(fd)).toBe(0);
    },
    "is nothing at the end and beyond": (r) => {
      const fd = r.opened("file");
      expect([r.pread(fd, 4, 10n), r.pread(fd, 4, 1000n), r.pread(fd, 4, 8n)]).toEqual(["", "", "89"]);
    },
    "an offset with a sign is EINVAL": (r) => {
      expect(r.pread(r.opened("file"), 4, -1n)).toBe(-Errno.INVAL);
    },
    "without the right to read, or to seek, is ENOTCAPABLE": (r) => {
      for (const right of [Rights.FD_READ, Rights.FD_SEEK]) {
        const fd = r.fileWithout(right);
        expect(r.pread(fd, 4, 0n)).toBe(-Errno.NOTCAPABLE);
      }
    },
    "of a directory is EISDIR": (r) => {
      expect(r.pread(r.dir, 4, 0n)).toBe(-Errno.ISDIR);
    },
  },

  fd_pwrite: {
    "writes at an offset, and leaves the position": (r) => {
      const fd = r.opened("file");
      expect(r.pwrite(fd, "AB", 8n)).toBe(2);
      expect([r.tell(fd), r.content("file")]).toEqual([0, "01234567AB"]);
    },
    "beyond the end fills the gap with zeros": (r) => {
      const fd = r.opened("file");
      expect(r.pwrite(fd, "!", 12n)).toBe(1);
      expect(r.content("file")).toBe("0123456789\0\0!");
    },
    "an offset with a sign is EINVAL, one that no file has EFBIG": (r) => {
      const fd = r.opened("file");
      expect(r.pwrite(fd, "x", -1n)).toBe(-Errno.INVAL);
      expect(r.pwrite(fd, "x", FAR)).toBe(-Errno.FBIG);
      expect(r.content("file")).toBe("0123456789");
    },
    "without the right to write, or to seek, is ENOTCAPABLE": (r) => {
      for (const right of [Rights.FD_WRITE, Rights.FD_SEEK]) {
        const fd = r.fileWithout(right);
        expect(r.pwrite(fd, "x", 0n)).toBe(-Errno.NOTCAPABLE);
      }
    },
    "to a directory is EISDIR": (r) => {
      expect(r.pwrite(r.dir, "x", 0n)).toBe(-Errno.ISDIR);
    },
  },

  fd_read: {
    "fills one buffer after the other, from the position on": (r) => {
      const fd = r.opened("file");
      expect(r.read(fd, 2, 0, 3)).toBe("01234");
      expect(r.read(fd, 100)).toBe("56789");
      expect(r.tell(fd)).toBe(10);
    },
    "is nothing at the end, or into no room": (r) => {
      const fd = r.opened("file");
      expect([r.read(fd), r.read(fd, 0), r.read(fd, 100), r.read(fd, 100)]).toEqual(["", "", "0123456789", ""]);
    },
    "each descriptor has a position of its own": (r) => {
      const [one, two] = [r.opened("file"), r.opened("file")];
      expect([r.read(one, 4), r.read(two, 2), r.read(one, 2)]).toEqual(["0123", "01", "45"]);
    },
    "of a file that was removed or renamed goes on": (r) => {
      const [one, two] = [r.opened("file"), r.opened("other")];
      r.calls.path_unlink_file(...r.at("file"));
      r.calls.path_rename(...r.at("other"), ...r.at("elsewhere"));
      expect([r.read(one, 100), r.read(two, 100)]).toEqual(["0123456789", "other"]);
    },
    "without the right is ENOTCAPABLE": (r) => {
      expect(r.read(r.fileWithout(Rights.FD_READ), 4)).toBe(-Errno.NOTCAPABLE);
    },
    "of a directory is EISDIR": (r) => {
      expect(r.read(r.dir, 4)).toBe(-Errno.ISDIR);
    },
    "of what is not open is EBADF": (r) => {
      expect(r.read(99, 4)).toBe(-Errno.BADF);
    },
  },

  fd_seek: {
    "goes from the start, from here, and from the end": (r) => {
      const fd = r.opened("file");
      expect([r.seek(fd, 4n, SET), r.seek(fd, 2n, CUR), r.seek(fd, -3n, CUR)]).toEqual([4, 6, 3]);
      expect(r.read(fd, 2)).toBe("34");
      expect([r.seek(fd, -1n, END), r.read(fd, 9)]).toEqual([9, "9"]);
    },
    "beyond the end is allowed, and nothing until something is written": (r) => {
      const fd = r.opened("file");
      expect([r.seek(fd, 2n, END), r.read(fd, 9), r.stat(fd).size]).toEqual([12, "", 10n]);
      r.write(fd, "!");
      expect(r.content("file")).toBe("0123456789\0\0!");
    },
    "before the start is EINVAL, and goes nowhere": (r) => {
      const fd = r.opened("file");
      r.seek(fd, 5n, SET);
      expect([r.seek(fd, -1n, SET), r.seek(fd, -6n, CUR), r.seek(fd, -11n, END)]).toEqual([
        -Errno.INVAL,
        -Errno.INVAL,
        -Errno.INVAL,
      ]);
      expect(r.tell(fd)).toBe(5);
    },
    "where no sum can be is EINVAL": (r) => {
      const fd = r.opened("file");
      r.seek(fd, 5n, SET);
      expect(r.seek(fd, WRAPS - 1n, CUR)).toBe(-Errno.INVAL);
      expect(r.tell(fd)).toBe(5);
    },
    "an unknown whence is EINVAL": (r) => {
      expect(r.seek(r.opened("file"), 0n, 3)).toBe(-Errno.INVAL);
    },
    "the right to tell is enough to stay, and not to go": (r) => {
      const fd = r.fileWithout(Rights.FD_SEEK);
      expect([r.seek(fd, 0n, CUR), r.seek(fd, 1n, CUR)]).toEqual([0, -Errno.NOTCAPABLE]);
    },
    "in a directory is EISDIR": (r) => {
      expect(r.seek(r.dir, 0n, SET)).toBe(-Errno.ISDIR);
    },
    "of what is not open is EBADF": (r) => {
      expect(r.seek(99, 0n, SET)).toBe(-Errno.BADF);
    },
  },

  fd_tell: {
    "tells where the next byte is read or written": (r) => {
      const fd = r.opened("file");
      r.read(fd, 3);
      expect(r.tell(fd)).toBe(3);
      r.write(fd, "ab");
      expect(r.tell(fd)).toBe(5);
    },
    "the right to seek is enough; without both it is ENOTCAPABLE": (r) => {
      expect(r.tell(r.fileWithout(Rights.FD_TELL))).toBe(0);
      expect(r.tell(r.fileWithout(Rights.FD_SEEK | Rights.FD_TELL))).toBe(-Errno.NOTCAPABLE);
    },
    "of a directory is EISDIR": (r) => {
      expect(r.tell(r.dir)).toBe(-Errno.ISDIR);
    },
  },

  fd_write: {
    "takes one buffer after the other, at the position": (r) => {
      const fd = r.opened("file");
      r.seek(fd, 2n, SET);
      expect(r.write(fd, "ab", "", "cde")).toBe(5);
      expect(r.content("file")).toBe("01abcde789");
    },
    "nothing at all is 0": (r) => {
      const fd = r.opened("file");
      expect([r.write(fd), r.write(fd, "")]).toEqual([0, 0]);
    },
    "appends where that was asked for, wherever the position is": (r) => {
      const fd = r.opened("file", { fdflags: FD.APPEND });
      expect([r.write(fd, "ab"), r.tell(fd)]).toEqual([2, 12]);
      r.seek(fd, 0n, SET);
      r.write(fd, "cd");
      expect(r.content("file")).toBe("0123456789abcd");
      r.seek(fd, 0n, SET);
      expect(r.read(fd, 3)).toBe("012");
    },
    "two descriptors append behind each other": (r) => {
      const [one, two] = [r.opened("file", { fdflags: FD.APPEND }), r.opened("file", { fdflags: FD.APPEND })];
      for (const text of ["a", "b"]) {
        r.write(one, text, "1");
        r.write(two, text, "2");
      }
      expect(r.content("file")).toBe("0123456789a1a2b1b2");
    },
    "without the right is ENOTCAPABLE": (r) => {
      expect(r.write(r.fileWithout(Rights.FD_WRITE), "x")).toBe(-Errno.NOTCAPABLE);
      expect(r.content("file")).toBe("0123456789");
    },
    "to a directory is EISDIR": (r) => {
      expect(r.write(r.dir, "x")).toBe(-Errno.ISDIR);
    },
    "to what is not open is EBADF": (r) => {
      expect(r.write(99, "x")).toBe(-Errno.BADF);
    },
  },
};

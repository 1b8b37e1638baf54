/** The status of names: path_filestat_get, path_filestat_set_times. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, FOLLOW, type Rig, Rights, type Status, TIMES, TYPE } from "../rig.ts";

const SECOND = 1_000_000_000n;

function setModified(r: Rig, name: string, time: bigint, follow = 0, flags: number = TIMES.MTIM): number {
  return r.calls.path_filestat_set_times(r.dir, follow, ...r.guest.place(name), 0n, time, flags);
}

export const status: Cases = {
  path_filestat_get: {
    "tells what stands there: a file, a directory, a link": (r) => {
      expect(r.statAt("file")).toMatchObject({ type: TYPE.FILE, size: 10n });
      expect(r.statAt("full/")).toMatchObject({ type: TYPE.DIRECTORY });
      expect(r.statAt("link")).toMatchObject({ type: TYPE.LINK });
      expect(r.statAt(".")).toMatchObject({ ino: r.stat(r.dir).ino });
    },
    "follows a link where that was asked for, or a slash stands behind it": (r) => {
      expect(r.statAt("link", FOLLOW)).toMatchObject({ type: TYPE.FILE, size: 10n });
      expect(r.statAt("dirlink/")).toMatchObject({ type: TYPE.DIRECTORY });
      expect(r.statAt("dangling")).toMatchObject({ type: TYPE.LINK });
    },
    "what is not there is ENOENT, also behind a link": (r) => {
      expect([r.statAt("missing"), r.statAt("dangling", FOLLOW), r.statAt("")]).toEqual([
        -Errno.NOENT,
        -Errno.NOENT,
        -Errno.NOENT,
      ]);
    },
    "a file with a slash behind it, or a name in it, is ENOTDIR": (r) => {
      expect([r.statAt("file/"), r.statAt("file/x"), r.statAt("link/")]).toEqual([
        -Errno.NOTDIR,
        -Errno.NOTDIR,
        -Errno.NOTDIR,
      ]);
    },
    "links in a circle are ELOOP, unless one is meant itself": (r) => {
      expect(r.statAt("loop", FOLLOW)).toBe(-Errno.LOOP);
      expect(r.statAt("loop")).toMatchObject({ type: TYPE.LINK });
    },
    "outside is ENOTCAPABLE, whether or not there is anything": (r) => {
      for (const name of ["..", "../secret", "../missing", "/etc"]) {
        expect([name, r.statAt(name)]).toEqual([name, -Errno.NOTCAPABLE]);
      }
      expect(r.statAt("out", FOLLOW)).toBe(-Errno.NOTCAPABLE);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.without(Rights.PATH_FILESTAT_GET);
      expect(r.statAt("inner", 0, fd)).toBe(-Errno.NOTCAPABLE);
    },
    "an unknown flag is EINVAL": (r) => {
      expect(r.statAt("file", 2)).toBe(-Errno.INVAL);
    },
    "in a file is ENOTDIR, in what is not open EBADF": (r) => {
      expect([r.statAt("x", 0, r.opened("file")), r.statAt("x", 0, 99)]).toEqual([-Errno.NOTDIR, -Errno.BADF]);
    },
  },

  path_filestat_set_times: {
    "sets a file's and a directory's times": (r) => {
      expect(setModified(r, "file", 5n * SECOND + 1000n)).toBe(0);
      expect(setModified(r, "full", 6n * SECOND)).toBe(0);
      expect(r.statAt("file")).toMatchObject({ modified: 5n * SECOND + 1000n });
      expect(r.statAt("full")).toMatchObject({ modified: 6n * SECOND });
    },
    "sets a link's own, unless it is to be followed": (r) => {
      setModified(r, "file", 5n * SECOND);
      expect(setModified(r, "link", 7n * SECOND)).toBe(0);
      expect(r.statAt("link")).toMatchObject({ modified: 7n * SECOND });
      expect(r.statAt("file")).toMatchObject({ modified: 5n * SECOND });
      expect(setModified(r, "link", 8n * SECOND, FOLLOW)).toBe(0);
      expect(r.statAt("file")).toMatchObject({ modified: 8n * SECOND });
    },
    "sets times to the nanosecond, of a file, a directory and a link": (r) => {
      for (const [index, name] of ["file", "full", "link", "full/inner"].entries()) {
        const before = r.statAt(name) as Status;
        const modified = before.modified + 1n + BigInt(index);
        expect([name, setModified(r, name, modified)]).toEqual([name, 0]);
        expect(r.statAt(name)).toMatchObject({ accessed: before.accessed, modified });
        const accessed = 7n * SECOND + 987_654_321n;
        const args = [...r.guest.place(name), accessed, 0n, TIMES.ATIM] as const;
        expect(r.calls.path_filestat_set_times(r.dir, 0, ...args)).toBe(0);
        expect(r.statAt(name)).toMatchObject({ accessed, modified });
      }
    },
    "a slash behind the name of a link to a directory follows it": (r) => {
      const link = r.statAt("dirlink") as Status;
      expect(setModified(r, "dirlink/", 5n * SECOND)).toBe(0);
      expect(r.statAt("full")).toMatchObject({ modified: 5n * SECOND });
      expect(r.statAt("dirlink")).toMatchObject({ modified: link.modified });
      expect(setModified(r, "file/", 5n * SECOND)).toBe(Errno.NOTDIR);
    },
    "to now, and not at all": (r) => {
      setModified(r, "file", 5n * SECOND);
      expect(setModified(r, "file", 0n, 0, 0)).toBe(0);
      expect(r.statAt("file")).toMatchObject({ modified: 5n * SECOND });
      expect(setModified(r, "file", 0n, 0, TIMES.MTIM_NOW)).toBe(0);
      expect(r.stat(r.opened("file")).modified).toBeGreaterThan(BigInt(Date.now() - 60_000) * 1_000_000n);
    },
    "one that is to be given and now is EINVAL, and so is an unknown flag": (r) => {
      for (const flags of [TIMES.ATIM | TIMES.ATIM_NOW, TIMES.MTIM | TIMES.MTIM_NOW, 16]) {
        expect([flags, setModified(r, "file", 0n, 0, flags)]).toEqual([flags, Errno.INVAL]);
      }
      expect(setModified(r, "file", 0n, 2)).toBe(Errno.INVAL);
    },
    "of what is not there is ENOENT, also to no time at all": (r) => {
      expect([setModified(r, "missing", 0n), setModified(r, "missing", 0n, 0, 0)]).toEqual([Errno.NOENT, Errno.NOENT]);
    },
    "outside, and without the right, is ENOTCAPABLE": (r) => {
      expect([setModified(r, "../secret", 0n), setModified(r, "out", 0n, FOLLOW)]).toEqual([
        Errno.NOTCAPABLE,
        Errno.NOTCAPABLE,
      ]);
      const fd = r.without(Rights.PATH_FILESTAT_SET_TIMES);
      const inner = r.guest.place("inner");
      expect(r.calls.path_filestat_set_times(fd, 0, ...inner, 0n, 0n, TIMES.MTIM)).toBe(Errno.NOTCAPABLE);
    },
  },
};

/** path_open: what it opens and creates, with which names and rights. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, DIRECTORY_RIGHTS, FD, FILE_RIGHTS, O, Rights, TIMES, TYPE, WHENCE } from "../rig.ts";

const READ_ONLY = Rights.FD_READ | Rights.FD_SEEK | Rights.FD_TELL | Rights.FD_FILESTAT_GET;

export const opening: Cases = {
  path_open: {
    "FD_READ and FD_WRITE choose the mode; what the mode leaves out is EBADF": (r) => {
      const read = r.opened("file", { rights: READ_ONLY });
      expect([r.read(read, 4), r.write(read, "x"), r.pwrite(read, "x", 0n)]).toEqual([
        "0123",
        -Errno.BADF,
        -Errno.BADF,
      ]);
      const write = r.opened("file", { rights: Rights.FD_WRITE });
      expect([r.write(write, "x"), r.read(write, 4), r.pread(write, 4, 0n)]).toEqual([1, -Errno.BADF, -Errno.BADF]);
      const both = r.opened("file", { rights: Rights.FD_READ | Rights.FD_WRITE });
      expect([r.write(both, "y"), r.read(both, 4)]).toEqual([1, "1234"]);
    },
    "a file that is opened with no rights is read, and has all rights but to be written": (r) => {
      const fd = r.opened("file", { rights: 0n });
      expect([r.read(fd, 4), r.seek(fd, 1n, WHENCE.SET), r.read(fd, 2), r.stat(fd).size]).toEqual([
        "0123",
        1,
        "12",
        10n,
      ]);
      expect([r.fdstat(fd).rights, r.write(fd, "x")]).toEqual([FILE_RIGHTS & ~Rights.FD_WRITE, -Errno.BADF]);
    },
    "a file that is made with no rights is read and written": (r) => {
      const fd = r.opened("new", { oflags: O.CREAT, rights: 0n });
      expect([r.write(fd, "made"), r.seek(fd, 0n, WHENCE.SET), r.read(fd, 8)]).toEqual([4, 0, "made"]);
    },
    "without FD_WRITE the file's size cannot be set": (r) => {
      const fd = r.opened("file", { rights: READ_ONLY | Rights.FD_FILESTAT_SET_SIZE | Rights.FD_ALLOCATE });
      expect([r.calls.fd_filestat_set_size(fd, 2n), r.calls.fd_allocate(fd, 0n, 20n)]).toEqual([
        Errno.INVAL,
        Errno.BADF,
      ]);
      expect(r.stat(fd).size).toBe(10n);
    },
    "a directory that is opened with no rights can do all that its directory can": (r) => {
      for (const name of [".", "full", "full/.."]) {
        const fd = r.opened(name, { oflags: O.DIRECTORY, rights: 0n, inheriting: 0n });
        const made = `made-in-${name.length}`;
        expect([r.names(fd).includes("."), r.stat(fd).type]).toEqual([true, TYPE.DIRECTORY]);
        expect(r.write(r.opened(made, { in: fd, oflags: O.CREAT | O.EXCL }), "made")).toBe(4);
        expect(r.calls.path_create_directory(...r.at(`${made}-directory`, fd))).toBe(0);
        expect(r.calls.path_symlink(...r.guest.place(made), ...r.at(`${made}-link`, fd))).toBe(0);
        expect(r.calls.path_link(fd, 0, ...r.guest.place(made), ...r.at(`${made}-too`, fd))).toBe(0);
        expect(r.calls.path_rename(...r.at(`${made}-too`, fd), ...r.at(`${made}-moved`, fd))).toBe(0);
        expect(r.calls.path_filestat_set_times(fd, 0, ...r.guest.place(made), 0n, 0n, TIMES.MTIM)).toBe(0);
        expect(r.statAt(made, 0, fd)).toMatchObject({ size: 4n, modified: 0n });
        expect(r.calls.path_unlink_file(...r.at(`${made}-moved`, fd))).toBe(0);
        expect(r.calls.path_remove_directory(...r.at(`${made}-directory`, fd))).toBe(0);
      }
    },
    "a directory that is opened with few rights, or few to hand on, can do and hand on all": (r) => {
      for (const [rights, inheriting] of [
        [Rights.FD_READDIR, 0n],
        [Rights.PATH_OPEN, Rights.FD_READ],
        [Rights.FD_READ, FILE_RIGHTS],
      ]) {
        const fd = r.opened("full", { oflags: O.DIRECTORY, rights, inheriting });
        const name = `made-${rights}`;
        expect(r.write(r.opened(name, { in: fd, oflags: O.CREAT | O.EXCL }), "made")).toBe(4);
        expect(r.fdstat(fd)).toEqual({ ...r.fdstat(r.directory("full")), flags: r.fdstat(fd).flags });
        expect(r.names(fd)).toContain(name);
      }
    },
    "opens a directory, asked for as one or not, with a slash or without": (r) => {
      for (const name of ["full", "full/", "full/.", "empty/../full", "./full///"]) {
        for (const oflags of [0, O.DIRECTORY]) {
          const fd = r.opened(name, { oflags, rights: DIRECTORY_RIGHTS });
          expect([r.fdstat(fd).type, r.names(fd)]).toEqual([TYPE.DIRECTORY, [".", "..", "inner"]]);
        }
      }
    },
    "opens the directory itself": (r) => {
      const fd = r.opened(".", { oflags: O.DIRECTORY, rights: DIRECTORY_RIGHTS });
      expect(r.stat(fd).ino).toBe(r.stat(r.dir).ino);
    },
    "what does not fit a file or a directory is left out of its rights": (r) => {
      expect(r.fdstat(r.opened("file", { rights: DIRECTORY_RIGHTS | FILE_RIGHTS })).rights).toBe(FILE_RIGHTS);
    },
    "CREAT makes what is not there, and opens what is": (r) => {
      expect(r.write(r.opened("new", { oflags: O.CREAT }), "made")).toBe(4);
      expect([r.content("new"), r.read(r.opened("file", { oflags: O.CREAT }), 4)]).toEqual(["made", "0123"]);
    },
    "CREAT through a link that leads nowhere makes what it leads to": (r) => {
      r.write(r.opened("dangling", { oflags: O.CREAT }), "made");
      expect(r.content("nothing")).toBe("made");
    },
    "EXCL refuses what is there, a link that leads nowhere too: EEXIST": (r) => {
      for (const name of ["file", "full", "link", "dangling", "loop"]) {
        expect([name, r.open(name, { oflags: O.CREAT | O.EXCL })]).toEqual([name, -Errno.EXIST]);
      }
      expect(r.has("nothing")).toBe(false);
      expect(r.open("new", { oflags: O.CREAT | O.EXCL })).toBeGreaterThan(2);
    },
    "TRUNC empties, without a right to write too": (r) => {
      r.opened("file", { oflags: O.TRUNC });
      r.opened("other", { oflags: O.TRUNC, rights: 0n });
      expect([r.content("file"), r.content("other")]).toEqual(["", ""]);
    },
    "what is not there, and the empty name, are ENOENT": (r) => {
      for (const name of ["missing", "", "missing/../file", "full/missing", "dangling"]) {
        expect([name, r.open(name)]).toEqual([name, -Errno.NOENT]);
      }
    },
    "a file as a directory, or with a slash behind it, is ENOTDIR": (r) => {
      expect(r.open("file", { oflags: O.DIRECTORY, rights: READ_ONLY })).toBe(-Errno.NOTDIR);
      for (const name of ["file/", "file/.", "link/", "file/x", "file/.."]) {
        expect([name, r.open(name, { rights: READ_ONLY })]).toEqual([name, -Errno.NOTDIR]);
      }
    },
    "a directory for writing is EISDIR, and so is making a file with a slash behind it": (r) => {
      expect(r.open("full")).toBe(-Errno.ISDIR);
      expect(r.open("full", { oflags: O.DIRECTORY, rights: Rights.FD_READ | Rights.FD_WRITE })).toBe(-Errno.ISDIR);
      expect(r.open("full", { oflags: O.TRUNC, rights: DIRECTORY_RIGHTS })).toBe(-Errno.ISDIR);
      expect(r.open("new/", { oflags: O.CREAT })).toBe(-Errno.ISDIR);
      expect(r.has("new")).toBe(false);
    },
    "a link is followed where that was asked for, else it is ELOOP": (r) => {
      expect([r.content("link"), r.content("dirlink/inner")]).toEqual(["0123456789", "inner"]);
      for (const name of ["link", "dangling", "loop"]) {
        expect([name, r.open(name, { follow: 0 })]).toEqual([name, -Errno.LOOP]);
      }
    },
    "a slash behind a link to a directory follows it, asked for or not": (r) => {
      expect(r.names(r.opened("dirlink/", { follow: 0, rights: DIRECTORY_RIGHTS }))).toContain("inner");
    },
    "links in a circle are ELOOP": (r) => {
      for (const name of ["loop", "loop/x"]) expect([name, r.open(name)]).toEqual([name, -Errno.LOOP]);
    },
    "forty links are followed, and no more": (r) => {
      r.symlink("file", "chain-0");
      for (let index = 1; index <= 40; index++) r.symlink(`chain-${index - 1}`, `chain-${index}`);
      expect([r.content("chain-39"), r.open("chain-40")]).toEqual(["0123456789", -Errno.LOOP]);
    },
    "outside, by dots, links or absolute names, is ENOTCAPABLE": (r) => {
      for (const name of ["..", "../secret", "full/../../secret", "/", "/etc/passwd", "out", "full/../out"]) {
        expect([name, r.open(name, { rights: READ_ONLY })]).toEqual([name, -Errno.NOTCAPABLE]);
      }
      expect(r.open("out", { oflags: O.CREAT })).toBe(-Errno.NOTCAPABLE);
    },
    "outside of a directory that was opened, though inside of the granted one, is ENOTCAPABLE": (r) => {
      const full = r.directory("full");
      expect(r.open("../file", { in: full, rights: READ_ONLY })).toBe(-Errno.NOTCAPABLE);
      expect(r.open("inner", { in: full, rights: READ_ONLY })).toBeGreaterThan(2);
    },
    "names that are no UTF-8 are EILSEQ, with a NUL in them EINVAL": (r) => {
      expect(r.open(Uint8Array.of(0x66, 0xff))).toBe(-Errno.ILSEQ);
      expect([r.open("file\0"), r.open("fi\0le")]).toEqual([-Errno.INVAL, -Errno.INVAL]);
    },
    "names of any Unicode are what they are": (r) => {
      for (const name of ["é→🙂", "\ufeffmark", "a b", "back\\slash", "..."]) {
        r.write(r.opened(name, { oflags: O.CREAT | O.EXCL }), "x");
        expect(r.names(r.dir)).toContain(name);
      }
    },
    "names that are too long are ENAMETOOLONG": (r) => {
      expect(r.open("x".repeat(256))).toBe(-Errno.NAMETOOLONG);
      expect(r.open("./".repeat(3000))).toBe(-Errno.NAMETOOLONG);
    },
    "CREAT with DIRECTORY, and flags that mean nothing, are EINVAL": (r) => {
      expect(r.open("new", { oflags: O.CREAT | O.DIRECTORY, rights: 0n })).toBe(-Errno.INVAL);
      expect(r.open("file", { oflags: 16 })).toBe(-Errno.INVAL);
      expect(r.open("file", { fdflags: 32 })).toBe(-Errno.INVAL);
      expect(r.open("file", { follow: 2 })).toBe(-Errno.INVAL);
      expect(r.has("new")).toBe(false);
    },
    "a mode that the directory does not hand on is ENOTCAPABLE": (r) => {
      const readOnly = r.narrow(r.directory("full"), { inheriting: Rights.FD_WRITE });
      expect(r.open("inner", { in: readOnly, rights: Rights.FD_READ | Rights.FD_WRITE })).toBe(-Errno.NOTCAPABLE);
      expect(r.open("inner", { in: readOnly, rights: Rights.FD_WRITE })).toBe(-Errno.NOTCAPABLE);
      expect(r.read(r.opened("inner", { in: readOnly, rights: Rights.FD_READ }), 8)).toBe("inner");
      const writeOnly = r.narrow(r.directory("full"), { inheriting: Rights.FD_READ });
      expect(r.open("inner", { in: writeOnly, rights: Rights.FD_READ })).toBe(-Errno.NOTCAPABLE);
      const fd = r.opened("inner", { in: writeOnly, rights: 0n });
      expect([r.read(fd, 4), r.write(fd, "x")]).toEqual([-Errno.BADF, -Errno.BADF]);
      expect(r.write(r.opened("inner", { in: writeOnly, rights: Rights.FD_WRITE }), "I")).toBe(1);
    },
    "rights that the directory does not hand on are left out of what is opened in it, however deep": (r) => {
      const gone = Rights.FD_SEEK | Rights.FD_WRITE | Rights.PATH_CREATE_FILE | Rights.PATH_UNLINK_FILE;
      r.narrow(r.dir, { inheriting: gone });
      for (const name of ["full", ".", "full/../full/."]) {
        const fd = r.opened(name, { oflags: O.DIRECTORY, rights: DIRECTORY_RIGHTS & ~gone, inheriting: 0n });
        const inner = r.opened(".", { in: fd, oflags: O.DIRECTORY, rights: 0n, inheriting: 0n });
        for (const one of [fd, inner]) {
          const { rights, inheriting } = r.fdstat(one);
          expect([rights & gone, inheriting & gone]).toEqual([0n, 0n]);
          expect(r.open("new", { in: one, rights: 0n, oflags: O.CREAT })).toBe(-Errno.NOTCAPABLE);
          expect(r.calls.path_unlink_file(...r.at("inner", one))).toBe(Errno.NOTCAPABLE);
        }
      }
      const file = r.opened("file", { rights: Rights.FD_READ });
      expect([r.seek(file, 1n, WHENCE.SET), r.read(file, 2)]).toEqual([-Errno.NOTCAPABLE, "01"]);
      expect([r.has("new"), r.has("full/new"), r.has("full/inner")]).toEqual([false, false, true]);
    },
    "without the right to open, to make or to empty is ENOTCAPABLE": (r) => {
      expect(r.open("inner", { in: r.without(Rights.PATH_OPEN) })).toBe(-Errno.NOTCAPABLE);
      expect(r.open("new", { in: r.without(Rights.PATH_CREATE_FILE), oflags: O.CREAT })).toBe(-Errno.NOTCAPABLE);
      expect(r.open("inner", { in: r.without(Rights.PATH_FILESTAT_SET_SIZE), oflags: O.TRUNC })).toBe(
        -Errno.NOTCAPABLE,
      );
      expect([r.has("full/new"), r.content("full/inner")]).toEqual([false, "inner"]);
    },
    "DSYNC and SYNC need the rights to do that": (r) => {
      for (const [flag, right] of [
        [FD.DSYNC, Rights.FD_DATASYNC],
        [FD.SYNC, Rights.FD_SYNC],
        [FD.RSYNC, Rights.FD_SYNC],
      ] as const) {
        const fd = r.narrow(r.directory("full"), { inheriting: right });
        expect(r.open("inner", { in: fd, rights: Rights.FD_READ, fdflags: flag })).toBe(-Errno.NOTCAPABLE);
        const opened = r.opened("full/inner", { fdflags: flag });
        expect([flag, r.fdstat(opened).flags & flag, r.write(opened, "I")]).toEqual([flag, flag, 1]);
      }
    },
    "in a file is ENOTDIR, in what is not open EBADF": (r) => {
      expect(r.open("x", { in: r.opened("file") })).toBe(-Errno.NOTDIR);
      expect(r.open("x", { in: 99 })).toBe(-Errno.BADF);
    },
  },
};

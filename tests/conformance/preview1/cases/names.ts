/** Names of files: path_link, path_readlink, path_rename, path_symlink, path_unlink_file. */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, FOLLOW, type Rig, Rights, TYPE } from "../rig.ts";

function rename(r: Rig, from: string, to: string): number {
  return r.calls.path_rename(...r.at(from), ...r.at(to));
}

function link(r: Rig, from: string, to: string, flags = 0): number {
  return r.calls.path_link(r.dir, flags, ...r.guest.place(from), ...r.at(to));
}

function unlink(r: Rig, name: string): number {
  return r.calls.path_unlink_file(...r.at(name));
}

export const names: Cases = {
  path_link: {
    "gives a file a second name, in another directory too": (r) => {
      expect([link(r, "file", "hard"), link(r, "file", "full/hard")]).toEqual([0, 0]);
      expect(r.statAt("hard")).toMatchObject({ links: 3n, ino: r.stat(r.opened("file")).ino });
      r.write(r.opened("full/hard"), "X");
      expect(r.content("file")).toBe("X123456789");
    },
    "of a link is of the link itself, unless it is to be followed": (r) => {
      expect([link(r, "link", "same"), link(r, "dangling", "too"), link(r, "link", "hard", FOLLOW)]).toEqual([0, 0, 0]);
      expect(r.statAt("same")).toMatchObject({ type: TYPE.LINK });
      expect(r.statAt("hard")).toMatchObject({ type: TYPE.FILE });
      expect(link(r, "dangling", "none", FOLLOW)).toBe(Errno.NOENT);
    },
    "to a name that there is, is EEXIST": (r) => {
      for (const name of ["file", "other", "full", "dangling", "."])
        expect([name, link(r, "file", name)]).toEqual([name, Errno.EXIST]);
    },
    "of a directory is EPERM": (r) => {
      for (const name of ["full", "full/", "."]) expect([name, link(r, name, "hard")]).toEqual([name, Errno.PERM]);
    },
    "of what is not there, or with a slash behind the new name, is ENOENT": (r) => {
      expect([link(r, "missing", "hard"), link(r, "file", "hard/")]).toEqual([Errno.NOENT, Errno.NOENT]);
    },
    "of a file with a slash behind it is ENOTDIR": (r) => {
      expect(link(r, "file/", "hard")).toBe(Errno.NOTDIR);
    },
    "from or to the outside is ENOTCAPABLE": (r) => {
      expect([link(r, "../secret", "hard"), link(r, "file", "../hard")]).toEqual([Errno.NOTCAPABLE, Errno.NOTCAPABLE]);
      expect(link(r, "out", "hard", FOLLOW)).toBe(Errno.NOTCAPABLE);
    },
    "without the right to either end is ENOTCAPABLE": (r) => {
      const from = r.without(Rights.PATH_LINK_SOURCE);
      expect(r.calls.path_link(from, 0, ...r.guest.place("inner"), ...r.at("hard"))).toBe(Errno.NOTCAPABLE);
      const to = r.without(Rights.PATH_LINK_TARGET);
      expect(r.calls.path_link(r.dir, 0, ...r.guest.place("file"), ...r.at("hard", to))).toBe(Errno.NOTCAPABLE);
    },
    "an unknown flag is EINVAL": (r) => {
      expect(link(r, "file", "hard", 2)).toBe(Errno.INVAL);
    },
  },

  path_readlink: {
    "tells where a link leads, also one that leads nowhere or outside": (r) => {
      expect([r.readlink("link"), r.readlink("dangling"), r.readlink("out")]).toEqual(["file", "nothing", "../secret"]);
    },
    "writes as much as there is room for": (r) => {
      expect([r.readlink("dangling", 3), r.readlink("link", 4), r.readlink("link", 0)]).toEqual(["not", "file", ""]);
    },
    "of what is no link is EINVAL": (r) => {
      for (const name of ["file", "full", "full/", "dirlink/", "."])
        expect([name, r.readlink(name)]).toEqual([name, -Errno.INVAL]);
    },
    "of what is not there is ENOENT, of a file with a slash ENOTDIR": (r) => {
      expect([r.readlink("missing"), r.readlink("link/")]).toEqual([-Errno.NOENT, -Errno.NOTDIR]);
    },
    "outside, and without the right, is ENOTCAPABLE": (r) => {
      expect(r.readlink("../link")).toBe(-Errno.NOTCAPABLE);
      const fd = r.without(Rights.PATH_READLINK);
      expect(r.calls.path_readlink(...r.at("inner", fd), 1024, 64, r.out)).toBe(Errno.NOTCAPABLE);
    },
  },

  path_rename: {
    "moves a file, also over another one": (r) => {
      expect([rename(r, "file", "full/moved"), r.content("full/moved")]).toEqual([0, "0123456789"]);
      expect([rename(r, "full/moved", "other"), r.content("other")]).toEqual([0, "0123456789"]);
      expect([r.has("file"), r.has("full/moved")]).toEqual([false, false]);
    },
    "moves a directory, with slashes or without, also over an empty one": (r) => {
      expect([rename(r, "full/", "moved"), rename(r, "moved", "again/"), rename(r, "again/", "empty/")]).toEqual([
        0, 0, 0,
      ]);
      expect(r.content("empty/inner")).toBe("inner");
    },
    "moves a link itself, wherever it leads": (r) => {
      expect([rename(r, "link", "full/moved"), r.readlink("full/moved")]).toEqual([0, "file"]);
      expect([rename(r, "dangling", "link"), r.readlink("link")]).toEqual([0, "nothing"]);
    },
    "to the same name changes nothing": (r) => {
      expect([rename(r, "file", "file"), r.content("file")]).toEqual([0, "0123456789"]);
    },
    "a directory over one with something in it is ENOTEMPTY": (r) => {
      expect(rename(r, "empty", "full")).toBe(Errno.NOTEMPTY);
    },
    "a file over a directory is EISDIR, a directory over a file ENOTDIR": (r) => {
      expect([rename(r, "file", "empty"), rename(r, "empty", "file")]).toEqual([Errno.ISDIR, Errno.NOTDIR]);
    },
    "a file with a slash, at either end, is ENOTDIR": (r) => {
      expect([rename(r, "file/", "new"), rename(r, "file", "new/")]).toEqual([Errno.NOTDIR, Errno.NOTDIR]);
      expect([rename(r, "dirlink/", "new"), r.content("file")]).toEqual([Errno.NOTDIR, "0123456789"]);
    },
    "a directory into itself is EINVAL": (r) => {
      expect(rename(r, "full", "full/sub")).toBe(Errno.INVAL);
    },
    "what is not there is ENOENT, at either end": (r) => {
      expect([rename(r, "missing", "new"), rename(r, "file", "missing/new")]).toEqual([Errno.NOENT, Errno.NOENT]);
    },
    "from or to the outside is ENOTCAPABLE": (r) => {
      expect([rename(r, "../secret", "mine"), rename(r, "file", "../yours")]).toEqual([
        Errno.NOTCAPABLE,
        Errno.NOTCAPABLE,
      ]);
      expect([r.has("mine"), r.content("file")]).toEqual([false, "0123456789"]);
    },
    "without the right to either end is ENOTCAPABLE": (r) => {
      const from = r.without(Rights.PATH_RENAME_SOURCE);
      expect(r.calls.path_rename(...r.at("inner", from), ...r.at("new"))).toBe(Errno.NOTCAPABLE);
      const to = r.without(Rights.PATH_RENAME_TARGET);
      expect(r.calls.path_rename(...r.at("file"), ...r.at("new", to))).toBe(Errno.NOTCAPABLE);
    },
  },

  path_symlink: {
    "makes a link of any relative text, whether or not it leads to anything": (r) => {
      for (const target of ["file", "missing", "../elsewhere", "full/../file", "new"]) {
        expect([target, r.symlink(target, "new"), r.readlink("new")]).toEqual([target, 0, target]);
        unlink(r, "new");
      }
    },
    "leads to it relative to where the link is": (r) => {
      expect(r.symlink("inner", "full/near")).toBe(0);
      expect(r.content("full/near")).toBe("inner");
    },
    "by a name that there is, is EEXIST": (r) => {
      for (const name of ["file", "full", "dangling", ".", "full/"])
        expect([name, r.symlink("x", name)]).toEqual([name, Errno.EXIST]);
    },
    "with a slash behind a new name, in what is not there, or of nothing, is ENOENT": (r) => {
      for (const [target, name] of [
        ["x", "new/"],
        ["x", "missing/new"],
        ["", "new"],
      ])
        expect([name, r.symlink(target, name)]).toEqual([name, Errno.NOENT]);
    },
    "an absolute text, or a name outside, is ENOTCAPABLE": (r) => {
      expect([r.symlink("/etc", "new"), r.symlink("x", "../new")]).toEqual([Errno.NOTCAPABLE, Errno.NOTCAPABLE]);
      expect(r.has("new")).toBe(false);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.without(Rights.PATH_SYMLINK);
      expect(r.calls.path_symlink(...r.guest.place("x"), ...r.at("new", fd))).toBe(Errno.NOTCAPABLE);
    },
    "a text with a NUL in it is EINVAL, one that is no UTF-8 EILSEQ": (r) => {
      expect(r.symlink("a\0b", "new")).toBe(Errno.INVAL);
      const text = r.guest.place(Uint8Array.of(0xff));
      expect(r.calls.path_symlink(...text, ...r.at("new"))).toBe(Errno.ILSEQ);
    },
  },

  path_unlink_file: {
    "removes a file, and a link without what it leads to": (r) => {
      expect([unlink(r, "link"), unlink(r, "dirlink"), unlink(r, "dangling"), unlink(r, "loop")]).toEqual([0, 0, 0, 0]);
      expect([r.content("file"), r.content("full/inner")]).toEqual(["0123456789", "inner"]);
      expect([unlink(r, "file"), r.has("file")]).toEqual([0, false]);
    },
    "a directory is EISDIR, with a slash behind it too": (r) => {
      for (const name of ["full", "full/", "empty", "."]) expect([name, unlink(r, name)]).toEqual([name, Errno.ISDIR]);
    },
    "a file or a link with a slash behind it is ENOTDIR": (r) => {
      for (const name of ["file/", "dirlink/", "file/x"]) expect([name, unlink(r, name)]).toEqual([name, Errno.NOTDIR]);
      expect([r.has("file"), r.has("dirlink")]).toEqual([true, true]);
    },
    "what is not there is ENOENT": (r) => {
      for (const name of ["missing", "missing/", "full/missing", ""])
        expect([name, unlink(r, name)]).toEqual([name, Errno.NOENT]);
    },
    "outside, and without the right, is ENOTCAPABLE": (r) => {
      expect(unlink(r, "../secret")).toBe(Errno.NOTCAPABLE);
      const fd = r.without(Rights.PATH_UNLINK_FILE);
      expect(r.calls.path_unlink_file(...r.at("inner", fd))).toBe(Errno.NOTCAPABLE);
    },
  },
};

/**
 * Granted directories and their contents: fd_prestat_get, fd_prestat_dir_name, fd_readdir, path_create_directory ...
 */
import { expect } from "vitest";
import { Errno } from "../../../../wasi-host/abi/errno.ts";
import { type Cases, O, type Rig, Rights, TYPE } from "../rig.ts";

const NAMES = [".", "..", "dangling", "dirlink", "empty", "file", "full", "link", "loop", "other", "out", "pool"];

/** Every name, in pages of that many bytes; after each page `between` gets its names. */
function paged(r: Rig, fd: number, length: number, between: (names: string[]) => void = () => {}): string[] {
  const all: string[] = [];
  for (let cookie = 0n; ; ) {
    const { used, entries } = r.readdir(fd, length, cookie);
    const names = entries.map(({ name }) => name);
    all.push(...names);
    between(names);
    // A page that is not full is the last one; an entry larger than a page never comes.
    if (used < length || entries.length === 0) return all;
    cookie = entries[entries.length - 1].next;
  }
}

export const directories: Cases = {
  fd_prestat_get: {
    "tells that it is a directory, and how long its name is": (r) => {
      expect(r.calls.fd_prestat_get(r.dir, r.out)).toBe(0);
      expect([r.guest.u32(r.out), r.guest.u32(r.out + 4)]).toEqual([0, 5]);
    },
    "of what was opened is EBADF, and of what is not open": (r) => {
      expect(r.calls.fd_prestat_get(r.directory("full"), r.out)).toBe(Errno.BADF);
      expect(r.calls.fd_prestat_get(99, r.out)).toBe(Errno.BADF);
    },
  },

  fd_prestat_dir_name: {
    "writes the name, and nothing behind it": (r) => {
      const at = r.guest.room(8);
      for (const length of [5, 8]) {
        expect(r.calls.fd_prestat_dir_name(r.dir, at, length)).toBe(0);
        expect(r.guest.bytes(at, 8).toString()).toBe("/data\0\0\0");
      }
    },
    "into too little room is ENAMETOOLONG": (r) => {
      const at = r.guest.room(8);
      expect(r.calls.fd_prestat_dir_name(r.dir, at, 4)).toBe(Errno.NAMETOOLONG);
      expect(r.guest.bytes(at, 8)).toEqual(Buffer.alloc(8));
    },
    "of what was opened is EBADF": (r) => {
      expect(r.calls.fd_prestat_dir_name(r.directory("full"), 1024, 8)).toBe(Errno.BADF);
    },
  },

  fd_readdir: {
    "lists names with their kinds and numbers, the directory itself among them": (r) => {
      const { used, entries } = r.readdir(r.dir);
      expect(used).toBeLessThan(4096);
      expect(entries.map(({ name }) => name).sort()).toEqual(NAMES);
      const kinds = Object.fromEntries(entries.map(({ name, type }) => [name, type]));
      expect(kinds).toMatchObject({
        ".": TYPE.DIRECTORY,
        "..": TYPE.DIRECTORY,
        file: TYPE.FILE,
        full: TYPE.DIRECTORY,
        link: TYPE.LINK,
      });
      for (const name of [".", "file", "link"]) {
        expect(r.statAt(name)).toMatchObject({ ino: entries.find((entry) => entry.name === name)!.ino });
      }
    },
    "goes on at any cookie that it gave": (r) => {
      const { entries } = r.readdir(r.dir);
      for (const [index, { next }] of entries.entries()) {
        expect(r.readdir(r.dir, 4096, next).entries.map(({ name }) => name)).toEqual(
          entries.slice(index + 1).map(({ name }) => name),
        );
      }
    },
    "fills the room that there is, and cuts the last entry off": (r) => {
      const whole = r.readdir(r.dir).used;
      expect([r.readdir(r.dir, 10).used, r.readdir(r.dir, 30).used, r.readdir(r.dir, whole - 1).used]).toEqual([
        10,
        30,
        whole - 1,
      ]);
      expect(paged(r, r.dir, 40).sort()).toEqual(NAMES);
    },
    "lists what is there each time it begins": (r) => {
      const fd = r.directory("empty");
      expect(r.names(fd)).toEqual([".", ".."]);
      r.opened("empty/new", { oflags: O.CREAT });
      expect(r.names(fd)).toEqual([".", "..", "new"]);
    },
    "no name is missed when each page's names are removed before the next one": (r) => {
      const fd = r.directory("empty");
      const made = Array.from({ length: 40 }, (_, index) => `name-${index}`);
      for (const name of made) r.calls.fd_close(r.opened(`empty/${name}`, { oflags: O.CREAT }));
      const seen = paged(r, fd, 200, (names) => {
        for (const name of names) if (!name.startsWith(".")) r.calls.path_unlink_file(...r.at(name, fd));
      });
      expect(seen.filter((name) => !name.startsWith(".")).sort()).toEqual(made.sort());
      expect(r.names(fd)).toEqual([".", ".."]);
    },
    "a cookie beyond the end is the end": (r) => {
      for (const cookie of [1000n, -1n]) expect(r.readdir(r.dir, 4096, cookie).used).toBe(0);
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.without(Rights.FD_READDIR);
      expect(r.calls.fd_readdir(fd, 1024, 256, 0n, r.out)).toBe(Errno.NOTCAPABLE);
    },
    "of a file is ENOTDIR, of what is not open EBADF": (r) => {
      expect(r.calls.fd_readdir(r.opened("file"), 1024, 256, 0n, r.out)).toBe(Errno.NOTDIR);
      expect(r.calls.fd_readdir(99, 1024, 256, 0n, r.out)).toBe(Errno.BADF);
    },
  },

  path_create_directory: {
    "makes a directory, with a slash behind its name too": (r) => {
      expect(r.calls.path_create_directory(...r.at("new"))).toBe(0);
      expect(r.calls.path_create_directory(...r.at("new/deeper/"))).toBe(0);
      expect(r.names(r.directory("new/deeper"))).toEqual([".", ".."]);
    },
    "by a name that there is, also of a link that leads nowhere, is EEXIST": (r) => {
      for (const name of ["file", "full", "dangling", ".", "full/.."]) {
        expect([name, r.calls.path_create_directory(...r.at(name))]).toEqual([name, Errno.EXIST]);
      }
    },
    "in what is not there is ENOENT, in a file ENOTDIR": (r) => {
      expect(r.calls.path_create_directory(...r.at("missing/new"))).toBe(Errno.NOENT);
      expect(r.calls.path_create_directory(...r.at("file/new"))).toBe(Errno.NOTDIR);
    },
    "outside is ENOTCAPABLE": (r) => {
      for (const name of ["../new", "/new", "full/../../new"]) {
        expect([name, r.calls.path_create_directory(...r.at(name))]).toEqual([name, Errno.NOTCAPABLE]);
      }
    },
    "without the right is ENOTCAPABLE": (r) => {
      const fd = r.without(Rights.PATH_CREATE_DIRECTORY);
      expect(r.calls.path_create_directory(...r.at("new", fd))).toBe(Errno.NOTCAPABLE);
    },
    "by a name that is too long is ENAMETOOLONG": (r) => {
      expect(r.calls.path_create_directory(...r.at("x".repeat(256)))).toBe(Errno.NAMETOOLONG);
      expect(r.calls.path_create_directory(...r.at("./".repeat(3000)))).toBe(Errno.NAMETOOLONG);
    },
  },

  path_remove_directory: {
    "removes an empty one, with a slash behind its name too": (r) => {
      r.calls.path_create_directory(...r.at("second"));
      expect(r.calls.path_remove_directory(...r.at("empty"))).toBe(0);
      expect(r.calls.path_remove_directory(...r.at("second/"))).toBe(0);
      expect([r.has("empty"), r.has("second")]).toEqual([false, false]);
    },
    "one with something in it is ENOTEMPTY": (r) => {
      expect(r.calls.path_remove_directory(...r.at("full"))).toBe(Errno.NOTEMPTY);
      expect(r.content("full/inner")).toBe("inner");
    },
    "a file, and a link to a directory, are ENOTDIR": (r) => {
      for (const name of ["file", "dirlink", "dirlink/", "file/x"]) {
        expect([name, r.calls.path_remove_directory(...r.at(name))]).toEqual([name, Errno.NOTDIR]);
      }
    },
    "what is not there is ENOENT, and the directory by its own dot EINVAL": (r) => {
      expect(r.calls.path_remove_directory(...r.at("missing"))).toBe(Errno.NOENT);
      expect(r.calls.path_remove_directory(...r.at("empty/."))).toBe(Errno.INVAL);
    },
    "without the right is ENOTCAPABLE": (r) => {
      r.calls.path_create_directory(...r.at("full/sub"));
      const fd = r.without(Rights.PATH_REMOVE_DIRECTORY);
      expect(r.calls.path_remove_directory(...r.at("sub", fd))).toBe(Errno.NOTCAPABLE);
    },
  },
};

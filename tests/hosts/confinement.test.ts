/** Only a granted directory can be reached, whatever links lead out. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import { BASES } from "./bases.ts";
import { CREATE, content, DIRECTORY, open, ROOT } from "./granted-files.ts";

const REFUSED = Errno.NOTCAPABLE;

let outside: string;
let granted: string;
beforeEach(() => {
  outside = mkdtempSync(path.join(tmpdir(), "pollux-outside-"));
  granted = path.join(outside, "granted");
  mkdirSync(path.join(granted, "sub", "deep"), { recursive: true });
  writeFileSync(path.join(outside, "secret"), "secret");
  writeFileSync(path.join(granted, "inside"), "inside");
  return () => rmSync(outside, { recursive: true });
});

const link = (target: string, name: string) => symlinkSync(target, path.join(granted, name));

describe.each(Object.entries(BASES))("%s", (base, openGuest) => {
  const grant = () => openGuest({ "/data": granted });

  describe("a path that leads out of its granted directory is ENOTCAPABLE", () => {
    it("by '..' or as an absolute path", async () => {
      using guest = await grant();
      for (const name of ["..", "../secret", "sub/../../secret", path.join(outside, "secret"), "/etc/passwd", "/"]) {
        expect([name, open(guest, name)]).toEqual([name, REFUSED]);
      }
    });

    it("by a link at its end or in its middle, or by several", async () => {
      using guest = await grant();
      link(path.join(outside, "secret"), "absolute");
      link("../secret", "relative");
      link("..", "up");
      link("up/secret", "chained");
      link("relative", "twice");
      for (const name of ["absolute", "relative", "up/secret", "chained", "twice", "up", "sub/../up/secret"]) {
        expect([name, open(guest, name)]).toEqual([name, REFUSED]);
      }
      for (const name of ["absolute", "relative", "chained", "twice"]) {
        expect([name, open(guest, name, { flags: 0 })]).toEqual([name, Errno.LOOP]);
      }
    });

    it("by a link that the guest moved", async () => {
      using guest = await grant();
      link("../..", "sub/deep/up");
      expect(content(guest, "sub/deep/up/inside")).toBe("inside");
      expect(guest.calls.path_rename(ROOT, ...guest.place("sub/deep/up"), ROOT, ...guest.place("up"))).toBe(0);
      expect(open(guest, `up/${path.basename(outside)}/secret`)).toBe(REFUSED);
    });

    it("by a link that the guest made, whatever the directory's name", async () => {
      for (const name of ["/data", "/", "."]) {
        using guest = await openGuest({ [name]: granted });
        for (const target of [outside, "/etc", "..", "sub/../.."]) {
          const made = guest.calls.path_symlink(...guest.place(target), ROOT, ...guest.place("made"));
          if (made === 0) {
            expect([name, target, open(guest, "made/secret")]).toEqual([name, target, REFUSED]);
            rmSync(path.join(granted, "made"));
          } else {
            expect([name, target, made]).toEqual([name, target, REFUSED]);
          }
          expect(path.isAbsolute(target) && made === 0).toBe(false);
        }
      }
    });

    it("by a name that only the system takes as absolute", async () => {
      using guest = await openGuest({ "/": granted });
      const inside = path.join(granted, "inside");
      const [, first, ...rest] = inside.split("/");
      // Below the guest's root, the host's own path again, through a link that leads out.
      const impostor = path.join(outside, "impostor", ...rest);
      mkdirSync(path.dirname(impostor), { recursive: true });
      writeFileSync(impostor, "secret");
      link("../impostor", first);
      link(inside, "link");
      expect(open(guest, inside)).toBe(REFUSED);
      expect(open(guest, "link")).toBe(REFUSED);
    });

    it("whether or not the target exists", async () => {
      using guest = await grant();
      link("..", "up");
      for (const name of ["up/missing", "up/missing/too", "up/missing/granted", "up/secret/too", "up/secret"]) {
        expect([name, open(guest, name)]).toEqual([name, REFUSED]);
      }
      expect(open(guest, "sub/missing/too")).toBe(Errno.NOENT);
      expect(open(guest, "inside/too")).toBe(Errno.NOTDIR);
    });

    it("from an opened directory, also if a link replaced one on the way", async () => {
      using guest = await grant();
      expect(open(guest, "sub/deep", { oflags: DIRECTORY, rights: Rights.FD_READ | Rights.PATH_OPEN })).toBe(0);
      const deep = guest.u32();
      mkdirSync(path.join(outside, "deep"));
      writeFileSync(path.join(outside, "deep", "secret"), "secret");
      rmSync(path.join(granted, "sub"), { recursive: true });
      link("..", "sub");
      // A base that holds directories holds the removed one. Other bases notice the exchange.
      expect(open(guest, "secret", { fd: deep })).toBe(base === "node-wasi" ? REFUSED : Errno.NOENT);
    });

    it("in every call, without effect", async () => {
      using guest = await grant();
      link("..", "up");
      const at = (name: string): [number, number, number] => [ROOT, ...guest.place(name)];
      mkdirSync(path.join(outside, "empty"));
      symlinkSync("x", path.join(outside, "link"));
      const before = statSync(path.join(outside, "secret")).mtimeMs;
      const { calls } = guest;
      expect(open(guest, "up/new", { oflags: CREATE, rights: Rights.FD_WRITE })).toBe(REFUSED);
      expect(calls.path_create_directory(...at("up/new"))).toBe(REFUSED);
      expect(calls.path_filestat_get(ROOT, 0, ...guest.place("up/secret"), 64)).toBe(REFUSED);
      expect(calls.path_filestat_set_times(ROOT, 0, ...guest.place("up/secret"), 0n, 5n, 4)).toBe(REFUSED);
      expect(calls.path_link(ROOT, 0, ...guest.place("up/secret"), ...at("mine"))).toBe(REFUSED);
      expect(calls.path_link(ROOT, 0, ...guest.place("inside"), ...at("up/new"))).toBe(REFUSED);
      expect(calls.path_readlink(...at("up/link"), 64, 64, guest.result)).toBe(REFUSED);
      expect(calls.path_remove_directory(...at("up/empty"))).toBe(REFUSED);
      expect(calls.path_rename(...at("up/secret"), ...at("mine"))).toBe(REFUSED);
      expect(calls.path_rename(...at("inside"), ...at("up/new"))).toBe(REFUSED);
      expect(calls.path_symlink(...guest.place("x"), ...at("up/new"))).toBe(REFUSED);
      expect(calls.path_unlink_file(...at("up/secret"))).toBe(REFUSED);
      expect(existsSync(path.join(outside, "new"))).toBe(false);
      expect(existsSync(path.join(granted, "mine"))).toBe(false);
      expect(readFileSync(path.join(outside, "secret"), "utf8")).toBe("secret");
      expect(statSync(path.join(outside, "secret")).mtimeMs).toBe(before);
      expect(statSync(path.join(outside, "empty")).isDirectory()).toBe(true);
    });

    it("through a dangling link: nothing is created behind it", async () => {
      using guest = await grant();
      link("../new", "dangling");
      expect(open(guest, "dangling", { oflags: CREATE, rights: Rights.FD_WRITE })).toBe(REFUSED);
      expect(existsSync(path.join(outside, "new"))).toBe(false);
    });
  });

  describe("inside the granted directory", () => {
    it("links and '..' are followed, and a link itself can be inspected, moved and removed", async () => {
      using guest = await grant();
      link("sub/../inside", "one");
      link("one", "two");
      link("../../secret", "sub/out");
      expect(content(guest, "two")).toBe("inside");
      expect(content(guest, "sub/../two")).toBe("inside");
      expect(guest.calls.path_filestat_get(ROOT, 0, ...guest.place("sub/out"), 64)).toBe(0);
      expect(guest.view.getUint8(64 + 16)).toBe(7);
      expect(guest.calls.path_rename(ROOT, ...guest.place("sub/out"), ROOT, ...guest.place("out"))).toBe(0);
      expect(lstatSync(path.join(granted, "out")).isSymbolicLink()).toBe(true);
      expect(guest.calls.path_unlink_file(ROOT, ...guest.place("out"))).toBe(0);
      expect(readFileSync(path.join(outside, "secret"), "utf8")).toBe("secret");
    });

    it("cyclic links are ELOOP; names that are not UTF-8 are EILSEQ, names with a NUL EINVAL", async () => {
      using guest = await grant();
      link("b", "a");
      link("a", "b");
      expect(open(guest, "a")).toBe(Errno.LOOP);
      expect(open(guest, "in\0side")).toBe(Errno.INVAL);
      expect(open(guest, "sub\0/deep")).toBe(Errno.INVAL);
      expect(open(guest, Uint8Array.of(0x69, 0xff), { flags: 0 })).toBe(Errno.ILSEQ);
    });

    it("a granted directory that is a link is its target", async () => {
      symlinkSync("granted", path.join(outside, "alias"));
      using guest = await openGuest({ "/data": path.join(outside, "alias") });
      expect(content(guest, "inside")).toBe("inside");
      expect(open(guest, "../secret")).toBe(REFUSED);
    });
  });
});

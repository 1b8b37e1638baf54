/** The bases by name: on the command line, and the copies of the base in memory. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { pinned } from "../../runtimes/pins.ts";
import { Rights } from "../../wasi-host/abi/rights.ts";
import { WasiHost } from "../../wasi-host/index.ts";
import { CLI, pollux } from "./command.ts";
import { commandGuest } from "./command-guest.ts";
import { CREATE, open, read } from "./granted-files.ts";
import { Guest } from "./hand-driven-guest.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "pollux-bases-"));
  mkdirSync(path.join(directory, "sub"));
  writeFileSync(path.join(directory, "sub", "file"), "content");
  return () => rmSync(directory, { recursive: true });
});

describe("--base", () => {
  it("selects the file-system implementation", async () => {
    const guest = await commandGuest();
    for (const base of ["minimal", "node-wasi", "wasmer-wasi"]) {
      const granted = ["--quiet", "--listen", "127.0.0.1:0", "--dir", `${directory}::/data`];
      const { out, error, status } = await pollux("run", "--base", base, ...granted, guest, "directory");
      expect([base, out, error, status]).toEqual([base, "/data", "", 0]);
    }
  });

  it("with an unknown name is refused, with the known names", async () => {
    const { error, status } = await pollux("run", "--base", "nobody", "guest.wasm");
    expect(error).toMatch(/^pollux: .*'nobody'.*minimal, node-wasi, wasmer-wasi/);
    expect(status).toBe(2);
  });
});

it("node-wasi is refused in one line on Bun, whose node:wasi has other calls", async ({ skip }) => {
  const { program, missing } = pinned("bun");
  if (missing !== undefined) skip(missing);
  const args = [CLI, "run", "--base", "node-wasi", "--dir", `${directory}::/data`, await commandGuest(), "directory"];
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: "utf8" });
  expect([stdout, stderr, status]).toEqual([
    "",
    "pollux: base 'node-wasi': this runtime's node:wasi has no initialize(): use the base 'minimal'\n",
    2,
  ]);
});

describe("wasmer-wasi", () => {
  const grant = (dirs: Record<string, string>) => Guest.open({ dirs, base: "wasmer-wasi" });

  it("has a copy of the directories and subdirectories, under the guest's names", async () => {
    using guest = await grant({ "/z": directory, "/a": path.join(directory, "sub") });
    for (const [fd, name, file] of [
      [3, "/z", "sub/file"],
      [4, "/a", "file"],
    ] as const) {
      expect(guest.calls.fd_prestat_dir_name(fd, 64, 2)).toBe(0);
      expect(guest.bytes(64, 2).toString()).toBe(name);
      expect(open(guest, file, { fd })).toBe(0);
      expect(read(guest, guest.u32())).toBe("content");
    }
  });

  it("keeps the guest's writes in memory", async () => {
    using guest = await grant({ "/data": directory });
    expect(open(guest, "sub/file", { oflags: CREATE, rights: Rights.FD_READ | Rights.FD_WRITE })).toBe(0);
    expect(guest.calls.fd_write(guest.u32(), ...guest.iovecs(guest.place("CONTENT")), guest.result)).toBe(0);
    expect(readFileSync(path.join(directory, "sub", "file"), "utf8")).toBe("content");
  });

  it("refuses directories that are too large, by name, and leaves nothing open", async () => {
    const large = path.join(directory, "large");
    writeFileSync(large, "");
    truncateSync(large, (1 << 28) + 1);
    await expect(WasiHost.open({ dirs: { "/data": directory }, base: "wasmer-wasi" })).rejects.toThrow(
      `base 'wasmer-wasi' copies directories, and up to '${large}' there are more than 256 MiB: use 'minimal'`,
    );
  });
});

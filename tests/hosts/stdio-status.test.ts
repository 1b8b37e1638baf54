/** fd_filestat_get and fd_fdstat_get of stdin: a file there is one, with its size. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { hostScript } from "./host-script.ts";

const SCRIPT = `
  const errnos = [calls.fd_filestat_get(0, 1024), calls.fd_fdstat_get(0, 2048)];
  const [modified, size] = [view.getBigUint64(1024 + 48, true), view.getBigUint64(1024 + 32, true)];
  console.log([...errnos, view.getUint8(1024 + 16), view.getUint8(2048), size, modified > 0n].join());`;

function told(stdin: number | "pipe"): string {
  const args = hostScript(SCRIPT);
  return spawnSync(process.execPath, args, { stdio: [stdin, "pipe", "inherit"], encoding: "utf8" }).stdout.trim();
}

it("a file has its kind, its size and its times; a pipe has no kind that WASI knows, and no size", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "pollux-stdio-"));
  const file = path.join(directory, "file");
  writeFileSync(file, "0123456789");
  const stdin = openSync(file, "r");
  try {
    expect(told(stdin)).toBe("0,0,4,4,10,true");
    expect(told("pipe")).toMatch(/^0,0,(0,0|6,6),0,/);
  } finally {
    closeSync(stdin);
    rmSync(directory, { recursive: true });
  }
});

/** The status of stdin: a file has its type, its size, and its remaining bytes. */
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

function told(stdin: number | "pipe", script = SCRIPT, driver?: string): string {
  const [program, ...args] = hostScript(script, driver);
  return spawnSync(program, args, { stdio: [stdin, "pipe", "inherit"], encoding: "utf8" }).stdout.trim();
}

/** The numbers of readable bytes in poll_oneoff, with that many bytes read after each. */
const LEFT = `
  const READ = 1;
  view.setUint8(1024 + 8, READ);
  const left = [];
  for (const length of [0, 3, 2, 100]) {
    view.setUint32(2048, 4096, true);
    view.setUint32(2052, length, true);
    if (length > 0) calls.fd_read(0, 2048, 1, 2056);
    const errno = calls.poll_oneoff(1024, 3072, 1, 2056);
    left.push(errno || view.getBigUint64(3072 + 16, true));
  }
  console.log(left.join());
  host.dispose();`;

it.each(["posix", "net", "simulated"])("a file as stdin reports its remaining bytes (%s)", (driver) => {
  const directory = mkdtempSync(path.join(tmpdir(), "pollux-stdio-"));
  const file = path.join(directory, "file");
  writeFileSync(file, "hello world\n");
  const stdin = openSync(file, "r");
  try {
    expect(told(stdin, LEFT, driver)).toBe("12,9,7,0");
    // The system keeps its offset, which the previous process moved.
    writeFileSync(file, "and more", { flag: "a" });
    expect(told(stdin, LEFT, driver)).toBe("8,5,3,0");
  } finally {
    closeSync(stdin);
    rmSync(directory, { recursive: true });
  }
});

it("a file has its type, size and times; a pipe has an unknown type and no size", () => {
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

/** What the command does: arguments, exit status, stdio, help. What it refuses to do is in refusals.test.ts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CLI, pollux, Run } from "./command.ts";
import { commandGuest } from "./command-guest.ts";
import { section, text, wasm } from "./guest-program.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

let guest: string;
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);

describe("pollux run", () => {
  it("gives the guest its arguments: options after the module are its own", async () => {
    const { out, status } = await pollux("run", guest, "args", "--listen", "x", "--help", "-q", "");
    expect(out).toBe([guest, "args", "--listen", "x", "--help", "-q", "", ""].join("\0"));
    expect(status).toBe(0);
  });

  it("gives the guest the environment of the command line, and nothing of its own", async () => {
    const { out } = await pollux("run", "--env", "A=1", "--env", "B=x=y", guest, "env");
    expect(out.replace(/POLLUX_READY_FD=\d+\0/, "")).toBe("A=1\0B=x=y\0");
  });

  it("grants directories, whose descriptors follow the listeners'", async () => {
    const { out } = await pollux("run", "--quiet", "--listen", "127.0.0.1:0", "--dir", ".::/data", guest, "dir");
    expect(out).toBe("/data");
  });

  it.each(["posix", "net"])("copies stdin to stdout until it ends (%s driver)", async (driver) => {
    const run = new Run("run", "--driver", driver, guest, "copy");
    run.child.stdin!.write("one\n");
    await run.printed(/one\n/);
    run.child.stdin!.end("two\n");
    expect(await run.ended).toMatchObject({ out: "one\ntwo\n", error: "", status: 0 });
  });

  it("announces where it listens, with the real port, and not with --quiet", async () => {
    const run = new Run("run", "--listen", "127.0.0.1:0", "--listen", "[::1]:0", guest, "listen");
    const [, port] = await run.printed(/^listening on 127\.0\.0\.1:(\d+)\nlistening on \[::1\]:\d+\n$/);
    net.connect(Number(port), "127.0.0.1").on("error", () => {});
    expect(await run.ended).toMatchObject({ out: "", status: 0 });
    expect((await pollux("run", "--quiet", "--listen", "127.0.0.1:0", guest, "args")).error).toBe("");
  });
});

describe("the exit status", () => {
  it("is what the guest gave to proc_exit, as much of it as a process has", async () => {
    expect((await pollux("run", guest, "x0")).status).toBe(0);
    expect((await pollux("run", guest, "x7")).status).toBe(7);
    expect((await pollux("run", guest, "x-")).status).toBe(255);
  });

  it("is 0 where _start returns", async () => {
    expect(await pollux("run", guest, "?")).toMatchObject({ out: "", error: "", status: 0 });
  });

  it("comes after all that was written has gone out", async () => {
    const { out, status } = await pollux("run", guest, "write");
    expect([out.length, status]).toEqual([64 * 65_536, 3]);
  });

  it("of a trap is 134, with the reason and the guest's stack", async () => {
    const { out, error, status } = await pollux("run", guest, "trap");
    expect([out, status]).toEqual(["trap", 134]);
    expect(error).toMatch(/^pollux: trap: unreachable\n/);
    expect(error).toMatch(/at .*inner \(wasm:\/\/.*\n\s+at .*_start \(wasm:\/\//);
    expect(error).not.toContain("cli.js");
  });

  it("is proc_exit's too where the module's start function calls it", async () => {
    const early = wasm(
      "early.wasm",
      section(1, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0),
      section(2, 1, ...text("wasi_snapshot_preview1"), ...text("proc_exit"), 0, 0),
      section(3, 1, 1),
      section(8, 1),
      section(10, 1, 6, 0, 0x41, 9, 0x10, 0, 0x0b),
    );
    expect(await pollux("run", early)).toMatchObject({ out: "", error: "", status: 9 });
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`of a guest that sleeps when ${signal} comes is the usual one, and its port is free at once`, async () => {
      const run = new Run("run", "--listen", "127.0.0.1:0", guest, "listen");
      const [, address] = await run.printed(/listening on (.*)\n/);
      run.child.kill(signal);
      expect(await run.ended).toMatchObject({ signal, status: null });
      expect(await pollux("run", "--listen", address, guest, "x5")).toMatchObject({ status: 5 });
    });
  }
});

describe("stdin of the net driver", () => {
  const script = (redirection: string) => `"$0" "$1" run --driver net "$2" copy ${redirection}`;
  const shell = async (command: string) => {
    const child = spawn("sh", ["-c", command, process.execPath, CLI, guest], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    await once(child, "close");
    return out;
  };

  it("may be a file, or nothing", async () => {
    const file = path.join(tmpdir(), `pollux-stdin-${process.pid}`);
    writeFileSync(file, "x".repeat(200_000));
    expect(await shell(script(`< ${file}`))).toBe("x".repeat(200_000));
    rmSync(file);
    expect(await shell(script("< /dev/null"))).toBe("");
  });

  it("may be a pipe, of which everything comes, and which stays as it was for others", async () => {
    const flags = `sed -n 's/flags:\\s*//p' /proc/self/fdinfo/0`;
    const out = await shell(`seq 100000 | (${script("")}; ${flags})`);
    const lines = out.trimEnd().split("\n");
    const last = lines.pop()!;
    expect(lines).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)));
    expect(Number.parseInt(last, 8) & 0o4000).toBe(0);
  });

  it("is left alone by a guest that does not read it", async () => {
    expect(await shell(`echo kept | ("$0" "$1" run --driver net "$2" args > /dev/null; cat)`)).toBe("kept\n");
  });
});

describe("non-blocking stdin", () => {
  it("answers EAGAIN without a byte, blocks again when the flag is gone, and the shell's stdin stays as it was", async () => {
    const script = `"$0" "$1" run "$2" nonblocking && sed -n 's/flags:\\s*//p' /proc/self/fdinfo/0 >&2`;
    const child = spawn("sh", ["-c", script, process.execPath, CLI, guest], { stdio: "pipe" });
    let out = "";
    let flags = "";
    child.stderr.on("data", (bytes) => (flags += bytes));
    child.stdout.on("data", (bytes) => {
      out += bytes;
      if (out === "6") child.stdin.write("late");
    });
    await once(child, "close");
    expect(out).toBe("6late");
    expect(Number.parseInt(flags, 8) & 0o4000).toBe(0);
  });
});

describe("non-blocking stdout", () => {
  it("answers EAGAIN when nobody reads", async () => {
    const child = spawn(process.execPath, [CLI, "run", guest, "fill"], { stdio: "pipe" });
    const [status] = await once(child, "exit");
    expect(status).toBe(6);
    child.stdout.destroy();
  });
});

describe("help and version", () => {
  it("--version prints the package's", async () => {
    expect(await pollux("--version")).toMatchObject({ out: `${version}\n`, error: "", status: 0 });
  });

  for (const args of [["--help"], ["run", "--help"], ["echo", "--help"]]) {
    it(`${args.join(" ")} goes to stdout, with examples`, async () => {
      const { out, error, status } = await pollux(...args);
      expect([error, status]).toEqual(["", 0]);
      expect(out).toMatch(/^Usage: pollux/);
      expect(out).toMatch(/Examples:\n {2}\$ pollux /);
    });
  }

  it("is no failure where its reader has read enough", async () => {
    const child = spawn(process.execPath, [CLI, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let said = "";
    child.stderr.on("data", (bytes) => (said += bytes));
    const [status] = await once(child, "close");
    expect([status, said]).toEqual([0, ""]);
  });
});

describe("pollux echo", () => {
  for (const args of [["--api", "poll"], ["--api", "epoll"], ["--edge"]]) {
    it(`${args.join(" ")} announces itself and sends back what it gets`, async () => {
      const run = new Run("echo", "--listen", "127.0.0.1:0", "--quiet", ...args);
      const [, port] = await run.printed(/^listening on 127\.0\.0\.1:(\d+)\n/);
      const client = net.connect(Number(port), "127.0.0.1");
      client.write("hello");
      expect(String((await once(client, "data"))[0])).toBe("hello");
      client.destroy();
      run.child.kill();
      expect(await run.ended).toMatchObject({ out: "", signal: "SIGTERM" });
    });
  }
});

/** The command: arguments, exit status, stdio, help. refusals.test.ts has its refusals. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CLI, pollux, Run, shellWords } from "./command.ts";
import { commandGuest } from "./command-guest.ts";
import { program, section, text, wasm } from "./guest-program.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** Looks for directories twice, as a library does. */
const directoryGuest = () =>
  program(
    "directories.wasm",
    `@external("wasi_snapshot_preview1", "fd_prestat_get") declare function fd_prestat_get(fd: i32, at: usize): i32;
    export function _start(): void {
      for (let fd = 3; fd < 5; fd++) fd_prestat_get(fd, memory.data(8));
    }`,
  );

let guest: string;
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);

describe("pollux run", () => {
  it("passes everything after the module to the guest", async () => {
    const { out, status } = await pollux("run", guest, "args", "--listen", "x", "--help", "-q", "");
    expect(out).toBe([guest, "args", "--listen", "x", "--help", "-q", "", ""].join("\0"));
    expect(status).toBe(0);
  });

  it("gives the guest only the variables of the command line", async () => {
    const { out } = await pollux("run", "--env", "A=1", "--env", "B=x=y", guest, "env");
    expect(out).toBe("A=1\0B=x=y\0");
  });

  it("grants directories; their descriptors follow the listeners'", async () => {
    const { out } = await pollux("run", "--quiet", "--listen", "127.0.0.1:0", "--dir", ".::/data", guest, "dir");
    expect(out).toBe("/data");
  });

  it("--dir HOST grants a directory under its own name, as wasmtime does", async () => {
    const listen = ["--quiet", "--listen", "127.0.0.1:0"];
    for (const name of ["tests", "/proc", "./src"]) {
      expect((await pollux("run", ...listen, "--dir", name, guest, "dir")).out).toBe(name);
    }
    expect((await pollux("run", ...listen, "--dir", ".", guest, "dir")).out[0]).toBe(".");
  });

  it("--verbose reports once that a program looks for directories, if none is granted", async () => {
    const hint = "pollux: the program looks for directories, but none is granted; --dir HOST::GUEST grants one\n";
    const program = await directoryGuest();
    expect((await pollux("run", "--verbose", program)).error).toBe(hint);
    expect((await pollux("run", program)).error).toBe("");
    expect((await pollux("run", "--verbose", "--dir", ".", program)).error).toBe("");
  });

  it("--env NAME passes on a variable if it is set, as wasmtime does", async () => {
    const script = `A='1 2' B= exec ${shellWords()} run --env A --env B --env NO_SUCH_VARIABLE --env C=3 "$0" env`;
    const child = spawn("sh", ["-c", script, guest], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    await once(child, "close");
    expect(out).toBe("A=1 2\0B=\0C=3\0");
  });

  describe("an option of pollux run after the module", () => {
    const hint = (option: string) =>
      `pollux: ${option} follows the module, so it is an argument of the program; put options of pollux run before the module\n`;

    it.each(["--listen", "--listen=127.0.0.1:0", "--dir", "--env", "--driver", "--max-pages"])(
      "is passed to the guest with a warning: %s",
      async (option) => {
        const { out, error, status } = await pollux("run", guest, "args", option, "x");
        expect([out, status]).toEqual([[guest, "args", option, "x", ""].join("\0"), 0]);
        expect(error).toBe(hint(option.split("=")[0]));
      },
    );

    it.each([
      ["that was given before it as well", ["--dir", ".", "GUEST", "args", "--dir", "x"]],
      ["behind --", ["GUEST", "args", "--", "--listen", "x"]],
      ["with --quiet", ["--quiet", "GUEST", "args", "--listen", "x"]],
      ["that most programs have", ["GUEST", "args", "--verbose", "--help", "--quiet", "--timeout", "1", "--trace"]],
      ["that is none of these", ["GUEST", "args", "--port", "--listening", "listen", "-l"]],
    ])("is passed without a warning: %s", async (_, args) => {
      const { error, status } = await pollux("run", ...args.map((text) => (text === "GUEST" ? guest : text)));
      expect([error, status]).toEqual(["", 0]);
    });
  });

  it.each(["posix", "net"])("copies stdin to stdout until it ends (%s driver)", async (driver) => {
    const run = new Run("run", "--driver", driver, guest, "copy");
    run.child.stdin!.write("one\n");
    await run.printed(/one\n/);
    run.child.stdin!.end("two\n");
    expect(await run.ended).toMatchObject({ out: "one\ntwo\n", error: "", status: 0 });
  });

  it("prints its listening addresses with the real port, unless --quiet is given", async () => {
    const run = new Run("run", "--listen", "127.0.0.1:0", "--listen", "[::1]:0", guest, "listen");
    const [, port] = await run.printed(/^listening on 127\.0\.0\.1:(\d+)\nlistening on \[::1\]:\d+\n$/);
    net.connect(Number(port), "127.0.0.1").on("error", () => {});
    expect(await run.ended).toMatchObject({ out: "", status: 0 });
    expect((await pollux("run", "--quiet", "--listen", "127.0.0.1:0", guest, "args")).error).toBe("");
  });
});

describe("the exit status", () => {
  it("is the low eight bits of the value passed to proc_exit", async () => {
    expect((await pollux("run", guest, "x0")).status).toBe(0);
    expect((await pollux("run", guest, "x7")).status).toBe(7);
    expect((await pollux("run", guest, "x-")).status).toBe(255);
  });

  it("is 0 if _start returns", async () => {
    expect(await pollux("run", guest, "?")).toMatchObject({ out: "", error: "", status: 0 });
  });

  it("comes after all output is written", async () => {
    const { out, status } = await pollux("run", guest, "write");
    expect([out.length, status]).toEqual([64 * 65_536, 3]);
  });

  it("of a trap is 134, with the reason and the guest's stack", async () => {
    const { out, error, status } = await pollux("run", guest, "trap");
    expect([out, status]).toEqual(["trap", 134]);
    expect(error).toMatch(/^pollux: trap: unreachable\n/);
    expect(error).toMatch(/at .*inner \(wasm:\/\/.*\n\s+at .*_start \(wasm:\/\//);
    expect(error).not.toContain("cli.cjs");
  });

  it("is that of proc_exit also if the module's start function calls it", async () => {
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
  const script = (redirection: string) => `${shellWords()} run --driver net "$0" copy ${redirection}`;
  const shell = async (command: string) => {
    const child = spawn("sh", ["-c", command, guest], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    await once(child, "close");
    return out;
  };

  it("can be a file, or closed", async () => {
    const file = path.join(tmpdir(), `pollux-stdin-${process.pid}`);
    writeFileSync(file, "x".repeat(200_000));
    expect(await shell(script(`< ${file}`))).toBe("x".repeat(200_000));
    rmSync(file);
    expect(await shell(script("< /dev/null"))).toBe("");
  });

  it("can be a pipe, which is read whole and keeps its flags for others", async () => {
    const flags = `sed -n 's/flags:\\s*//p' /proc/self/fdinfo/0`;
    const out = await shell(`seq 100000 | (${script("")}; ${flags})`);
    const lines = out.trimEnd().split("\n");
    const last = lines.pop()!;
    expect(lines).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)));
    expect(Number.parseInt(last, 8) & 0o4000).toBe(0);
  });

  it("is untouched by a guest that does not read it", async () => {
    expect(await shell(`echo kept | (${shellWords()} run --driver net "$0" args > /dev/null; cat)`)).toBe("kept\n");
  });
});

describe("non-blocking stdin", () => {
  it("is EAGAIN without data, blocks again after the flag is cleared, and keeps the shell's flags", async () => {
    const script = `${shellWords()} run "$0" nonblocking && sed -n 's/flags:\\s*//p' /proc/self/fdinfo/0 >&2`;
    const child = spawn("sh", ["-c", script, guest], { stdio: "pipe" });
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
  it("is EAGAIN if nobody reads", async () => {
    const child = spawn(process.execPath, [CLI, "run", guest, "fill"], { stdio: "pipe" });
    const [status] = await once(child, "exit");
    expect(status).toBe(6);
    child.stdout.destroy();
  });
});

describe("help and version", () => {
  it("--version prints the package's version", async () => {
    expect(await pollux("--version")).toMatchObject({ out: `${version}\n`, error: "", status: 0 });
  });

  for (const args of [["-V"], ["-v"], ["version"]]) {
    it(`${args} does too`, async () => {
      expect(await pollux(...args)).toMatchObject({ out: `${version}\n`, error: "", status: 0 });
    });
  }

  for (const args of [
    ["--help"],
    ["-h"],
    ["help"],
    ["run", "--help"],
    ["run", "-h"],
    ["help", "run"],
    ["echo", "-h"],
    ["help", "models"],
    ["help", "init"],
  ]) {
    it(`${args.join(" ")} goes to stdout, with examples`, async () => {
      const { out, error, status } = await pollux(...args);
      expect([error, status]).toEqual(["", 0]);
      expect(out).toMatch(/^Usage: pollux/);
      expect(out).toMatch(/Examples:\n {2}\$ pollux /);
      expect(out).not.toContain("default: []");
    });
  }

  it("help COMMAND prints the same as COMMAND --help", async () => {
    expect((await pollux("help", "run")).out).toBe((await pollux("run", "--help")).out);
  });

  it("help succeeds if its reader closes the pipe early", async () => {
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

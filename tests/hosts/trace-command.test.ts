/** `pollux run --trace` and `--stats`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pollux, Run } from "./command.ts";
import { commandGuest } from "./command-guest.ts";

let guest: string;
const directory = mkdtempSync(path.join(tmpdir(), "pollux-trace-"));
beforeAll(async () => {
  guest = await commandGuest();
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

describe("--trace", () => {
  it("writes to stderr; the next word is the module, and a guest's --trace stays the guest's", async () => {
    const { out, error, status } = await pollux("run", "--trace", guest, "args", "--trace");
    expect([out, status]).toEqual([`${guest}\0args\0--trace\0`, 0]);
    expect(error).toMatch(/^args_sizes_get\(\) = 0 count=3 size=\d+ <\d+\.\d{6}>\n/);
    expect(error).toMatch(/\nfd_write\(fd=1, iovs=\["[^\n]*\) = 0 size=\d+ <[\d.]+>\n$/);
  });

  it("=families,names selects calls; --trace-file gets the whole trace even if a signal ends the guest", async () => {
    const file = path.join(directory, "calls.txt");
    const run = new Run(
      "run",
      "--trace=sock,proc_exit",
      "--trace-file",
      file,
      "--listen",
      "127.0.0.1:0",
      guest,
      "listen",
    );
    await run.printed(/listening on (.*)\n/);
    while (!readFileSync(file, "utf8").includes("sock_accept")) await new Promise((resolve) => setTimeout(resolve, 10));
    run.child.kill("SIGTERM");
    expect(await run.ended).toMatchObject({
      signal: "SIGTERM",
      error: expect.stringMatching(/^listening on [^\n]*\n$/),
    });
    expect(readFileSync(file, "utf8")).toBe("sock_accept(fd=3, flags=0)");
    await pollux("run", "--trace=proc", "--trace-file", file, guest, "x7");
    expect(readFileSync(file, "utf8")).toBe("proc_exit(code=7) = ?\n");
  });

  it("is refused if it is impossible", async () => {
    expect(await pollux("run", "--trace=none", guest)).toMatchObject({
      status: 2,
      error: expect.stringMatching(/^pollux: no host call is named 'none': expected [^\n]*\n$/),
    });
    expect((await pollux("run", "--trace-file", "x", guest)).error).toBe("pollux: --trace-file needs --trace\n");
    const file = path.join(directory, "none", "x");
    expect((await pollux("run", "--trace", "--trace-file", file, guest)).error).toBe(
      `pollux: cannot write --trace-file '${file}': ENOENT; give another path\n`,
    );
  });
});

describe("--stats", () => {
  const HEADING = "% time      seconds   us/call      calls   errors  call\n";

  it("prints the calls by total time after the guest has exited, and keeps its status", async () => {
    const { out, error, status } = await pollux("run", "--stats", guest, "write");
    expect([out.length, status]).toEqual([64 * 65_536, 3]);
    expect(error.startsWith(HEADING)).toBe(true);
    const rows = error.slice(HEADING.length).trimEnd().split("\n");
    const columns = rows.map((row) => row.trim().split(/ +/));
    expect(columns.find(([, , , , , name]) => name === "fd_write")!.slice(3, 5)).toEqual(["64", "0"]);
    expect(columns.at(-1)!.slice(3)).toEqual(["67", "0", "total"]);
    const seconds = columns.slice(0, -1).map(([, time]) => Number(time));
    expect(seconds).toEqual(seconds.toSorted((one, other) => other - one));
  });

  it("counts errors, and keeps the status and the stack of a trap", async () => {
    const { error, status } = await pollux("run", "--stats", guest, "trap");
    expect(status).toBe(134);
    expect(error).toMatch(/^pollux: trap: unreachable\n/);
    expect(error).toContain(HEADING);
    expect((await pollux("run", "--stats", guest, "listen")).error).toMatch(/ 1 +1 {2}sock_accept\n/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`of a guest that sleeps when ${signal} comes: printed, with the call that sleeps, and the signal ends it`, async () => {
      const run = new Run("run", "--quiet", "--stats", "--trace=sock", "--listen", "127.0.0.1:0", guest, "listen");
      await run.printed(/sock_accept/);
      await allThreadsSleep(run.child.pid!);
      run.child.kill(signal);
      const { error, signal: ended, status } = await run.ended;
      expect([ended, status]).toEqual([signal, null]);
      expect(error).toContain(HEADING);
      expect(error).toMatch(/ 1 +0 {2}sock_accept\n/);
    });
  }

  it("does not change a refusal", async () => {
    expect(await pollux("run", "--stats", "/nowhere.wasm")).toMatchObject({
      out: "",
      error: "pollux: no such file: '/nowhere.wasm'; give the path of a .wasm file\n",
      status: 2,
    });
  });
});

/** The first half of the trace's line is written before the call is entered and counted. */
async function allThreadsSleep(pid: number): Promise<void> {
  const tasks = `/proc/${pid}/task`;
  const sleeps = (task: string) => /^\d+ \(.*\) S /.test(readFileSync(`${tasks}/${task}/stat`, "utf8"));
  while (!readdirSync(tasks).every(sleeps)) await new Promise((resolve) => setTimeout(resolve, 5));
}

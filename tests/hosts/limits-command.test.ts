/** Guests without measure under the command: the options that limit them. */
import { beforeAll, describe, expect, it } from "vitest";
import { pollux } from "./command.ts";
import { section, wasm } from "./guest-program.ts";
import { measurelessGuest } from "./measureless-guest.ts";

let guest: string;
beforeAll(async () => {
  guest = await measurelessGuest();
}, 60_000);

describe("--timeout", () => {
  const ended = (seconds: string) =>
    `pollux: '${guest}' ran longer than ${seconds} s and was killed; --timeout sets the limit\n`;

  it("kills a spinning guest, with one line and timeout(1)'s status", async () => {
    expect(await pollux("run", "--timeout", "0.3", guest, "spin")).toMatchObject({ error: ended("0.3"), status: 124 });
  });

  it("kills a guest that sleeps in a host call, and prints statistics if asked for", async () => {
    const args = ["--quiet", "--timeout", "0.3", "--listen", "127.0.0.1:0", guest, "never"];
    expect(await pollux("run", ...args)).toMatchObject({ error: ended("0.3"), status: 124 });
    // Time for the guest to reach its call on a busy machine.
    const { error, status } = await pollux("run", "--stats", ...args.with(2, "4"));
    expect([error.slice(0, ended("4").length), status]).toEqual([ended("4"), 124]);
    expect(error).toMatch(/ 1 +0 {2}sock_accept\n/);
  });

  it("has no effect on a guest that exits in time", async () => {
    const { error, status } = await pollux("run", "--timeout", "60", "--max-descriptors", "9", guest, "descriptors");
    expect([error, status]).toEqual(["", 6]);
  });

  it.each(["0", "-1", "x", "1e9", ""])("is refused if it is not a time: '%s'", async (text) => {
    expect(await pollux("run", `--timeout=${text}`, guest)).toMatchObject({
      error: `pollux: bad --timeout '${text}': expected a number of seconds above 0, at most 2147483\n`,
      status: 2,
    });
  });
});

describe("--max-pages", () => {
  it("limits memory: memory.grow returns -1 beyond it", async () => {
    expect((await pollux("run", "--max-pages", "100", guest, "allocate")).status).toBe(100);
    expect((await pollux("run", "--max-pages", "7", guest, "allocate")).status).toBe(7);
  });

  it("refuses a module that starts with more", async () => {
    const large = wasm("large.wasm", section(5, 1, 0, 9));
    expect(await pollux("run", "--max-pages", "8", large)).toMatchObject({
      error: "pollux: the module needs 9 pages of memory at the start, above the limit of 8; raise the limit\n",
      status: 2,
    });
  });
});

describe("bad limits are refused by name", () => {
  it.each([
    ["--max-pages", "65537", "from 0 to 65536"],
    ["--max-pages", "many", "from 0 to 65536"],
    ["--max-descriptors", "2", "from 3 to 1048576"],
    ["--max-descriptors", "1.5", "from 3 to 1048576"],
    ["--max-handles", "0", "from 1 to 1048576"],
    ["--max-buffered", "139583", `from 139584 to ${Number.MAX_SAFE_INTEGER}`],
  ])("%s %s", async (option, text, range) => {
    expect(await pollux("run", option, text, guest)).toMatchObject({
      error: `pollux: bad ${option} '${text}': expected a whole number ${range}\n`,
      status: 2,
    });
  });
});

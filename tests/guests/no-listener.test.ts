/** Servers without a listener: each ends by EBADF, and the command names the option that gives one. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pollux } from "../hosts/command.ts";

const HINT =
  "pollux: the program uses descriptor 3 as a listening socket, but was given no listener; --listen HOST:PORT gives it one\n";

/** What each says by itself, and its exit status. */
const SERVERS: Record<string, [says: RegExp, status: number]> = {
  "c/poll-server": [/^fcntl: Bad file descriptor\n$/, 1],
  "c/select-server": [/^fcntl: Bad file descriptor\n$/, 1],
  "c/accept-loop": [/^fcntl: Bad file descriptor\n$/, 1],
  "go/echo": [/Bad file number/, 1],
  "rust/blocking": [/Bad file descriptor/, 1],
  "rust/readiness-loop": [/Bad file descriptor/, 1],
};

const module = (name: string) => fileURLToPath(new URL(`built/${name}.wasm`, import.meta.url));

describe.each(["posix", "net"])("without --listen, driver %s:", (driver) => {
  it.for(Object.entries(SERVERS))("%s", async ([name, [says, expected]], { skip }) => {
    if (!existsSync(module(name))) skip("not built: npm run build:guests");
    const { out, error, status } = await pollux("run", "--driver", driver, module(name), "1");
    expect([error.slice(0, HINT.length), status]).toEqual([HINT, expected]);
    expect(error.slice(HINT.length) + out).toMatch(says);
  });

  it("a program that only looks for directories gets no hint", async ({ skip }) => {
    if (!existsSync(module("rust/walk"))) skip("not built: npm run build:guests");
    const { error } = await pollux("run", "--driver", driver, module("rust/walk"), "/data");
    expect(error).toMatch(/^Error: .*could not be opened|failed to find a pre-opened/);
    expect(error).not.toContain("--listen");
  });
});

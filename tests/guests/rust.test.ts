/** Rust's standard library: blocking sockets, files and directories, and a loop on poll_oneoff as mio has it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { bytesOf, exchange, guest } from "./guest.ts";

guest("rust/blocking", (start) => {
  it("takes one client after the other, and others wait in the backlog", async () => {
    const server = start({ args: ["5"] });
    const port = await server.port();
    const sent = [0, 1, 1000, 100_000, 3 << 20].map((length, client) => bytesOf(client + 1, length));
    const back = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
    for (const [client, bytes] of back.entries()) expect(bytes.equals(sent[client].reverse())).toBe(true);
    const lines = (await server.out()).trimEnd().split("\n");
    expect(lines.toSorted()).toEqual(sent.map(({ length }) => `${length} bytes`).toSorted());
  });
});

guest("rust/readiness-loop", (start) => {
  it("gives 40 clients at once their own bytes back, and ends after the last", async () => {
    const server = start({ args: ["40"] });
    const port = await server.port();
    const sent = Array.from({ length: 40 }, (_, client) => bytesOf(client + 1, 3000 * client));
    const back = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
    for (const [client, bytes] of back.entries()) expect(bytes.equals(sent[client]), `client ${client}`).toBe(true);
    expect(await server.out()).toBe("40 clients\n");
  });
});

guest("rust/walk", (start) => {
  let above: string;
  let root: string;
  beforeEach(() => {
    above = mkdtempSync(path.join(tmpdir(), "pollux-walk-"));
    root = path.join(above, "granted");
    mkdirSync(path.join(root, "empty"), { recursive: true });
    writeFileSync(path.join(root, "given.txt"), "given");
    writeFileSync(path.join(above, "outside.txt"), "secret");
    symlinkSync("../outside.txt", path.join(root, "link-out"));
  });
  afterEach(() => rmSync(above, { recursive: true }));

  it("makes, walks, moves and removes a tree, and finds no way out", async () => {
    const program = start({ options: ["--dir", `${root}::/data`] });
    expect(await program.out()).toBe(`given:
  empty/
  given.txt 5
  link-out 14
made: 151 in branch
appended: green and red, its end red
moved and removed:
  empty/
  given.txt 5
  link-out 14
  tree/
    branch/
      leaf-000 5
      leaf-001 1
      leaf-002 2
    copy.txt 5
    twig/
      größe 3
a file that is not there: No such file or directory (os error 44)
a directory that is there: File exists (os error 20)
a directory that is not empty: Directory not empty (os error 55)
a file as a directory: Not a directory (os error 54)
a way out: Capabilities insufficient (os error 76)
a link that leads out: Capabilities insufficient (os error 76)
`);
    expect(readdirSync(root, { recursive: true }).toSorted()).toEqual([
      "empty",
      "given.txt",
      "link-out",
      "tree",
      "tree/branch",
      "tree/branch/leaf-000",
      "tree/branch/leaf-001",
      "tree/branch/leaf-002",
      "tree/copy.txt",
    ]);
    expect(readFileSync(path.join(root, "tree/branch/leaf-000"), "utf8")).toBe("green");
    expect(readFileSync(path.join(root, "tree/copy.txt"), "utf8")).toBe("given");
  });
});

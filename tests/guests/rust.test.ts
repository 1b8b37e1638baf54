/** Rust's standard library: blocking sockets, files and directories, and a loop on poll_oneoff as mio has it. */
import { expect, it } from "vitest";
import { bytesOf, exchange, guest } from "./guest.ts";
import { WalkedTree } from "./walked-tree.ts";

guest("rust/blocking", (start) => {
  it("serves one client after another, while others wait in the backlog", async () => {
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
  it("echoes to 40 clients at once, and exits after the last", async () => {
    const server = start({ args: ["40"] });
    const port = await server.port();
    const sent = Array.from({ length: 40 }, (_, client) => bytesOf(client + 1, 3000 * client));
    const back = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
    for (const [client, bytes] of back.entries()) expect(bytes.equals(sent[client]), `client ${client}`).toBe(true);
    expect(await server.out()).toBe("40 clients\n");
  });
});

guest("rust/walk", (start) => {
  it("makes, walks, moves and removes a tree, and cannot leave it", async () => {
    using tree = new WalkedTree();
    const program = start({ options: ["--dir", `${tree.root}::/data`] });
    tree.expectWalked(await program.out(), "Capabilities insufficient (os error 76)");
  });
});

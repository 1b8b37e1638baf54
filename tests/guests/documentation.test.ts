/** The programs that docs/programs.md and docs/host.md show. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesOf, exchange, guest } from "./guest.ts";

describe("the documents show", () => {
  it.each([
    ["programs.md", "c", "guests/c/echo.c"],
    ["programs.md", "go", "guests/go/echo/main.go"],
    ["programs.md", "rust", "guests/rust/echo.rs"],
    // outbound.ts has their tests.
    ["host.md", "c", "guests/c/connect.c"],
    ["host.md", "go", "guests/go/connect/main.go"],
    ["host.md", "rust", "real/rust/connect/main.rs"],
  ])("%s: in %s, tests/%s", (document, language, file) => {
    const documentation = readFileSync(new URL(`../../docs/${document}`, import.meta.url), "utf8");
    const source = readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
    expect(documentation).toContain(`\`\`\`${language}\n${source}\`\`\`\n`);
  });
});

for (const name of ["c/echo", "go/echo", "rust/echo"]) {
  guest(name, (start) => {
    it("echoes to its clients", async () => {
      const server = start();
      const port = await server.port();
      const sent = [1, 2, 3].map((client) => bytesOf(client, client * 50_000));
      const back = await Promise.all(sent.map((bytes) => exchange(port, bytes)));
      for (const [client, bytes] of back.entries()) expect(bytes.equals(sent[client]), `client ${client}`).toBe(true);
      server.run.child.kill();
      expect((await server.run.ended).signal).toBe("SIGTERM");
    });
  });
}

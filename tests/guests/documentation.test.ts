/** The programs that docs/programs.md shows. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bytesOf, exchange, guest } from "./guest.ts";

const documentation = readFileSync(new URL("../../docs/programs.md", import.meta.url), "utf8");

describe("docs/programs.md shows", () => {
  it.each([
    ["c", "c/echo.c"],
    ["go", "go/echo/main.go"],
    ["rust", "rust/echo.rs"],
  ])("in %s, tests/guests/%s", (language, file) => {
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
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

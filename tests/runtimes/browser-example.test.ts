/** The command with which the browser example is served, as its file and the README of the examples have it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { afterEach, expect, it } from "vitest";

const end = new AbortController();
afterEach(() => end.abort());

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** "connected", or why not. */
const reached = (port: number, host: string) =>
  new Promise<string>((resolve) => {
    const socket = net.connect(port, host, () => {
      socket.destroy();
      resolve("connected");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
  });

it("the browser example is served only on loopback", async () => {
  const texts = ["examples/browser/echo.js", "examples/README.md"].map((file) => readFileSync(file, "utf8"));
  const [command, same] = texts.map((text) => /npx esbuild (--servedir=\S+ --serve=127\.0\.0\.1:\d+)/.exec(text)?.[1]);
  expect(command).toBeDefined();
  expect(same).toBe(command);
  const port = await freePort();
  const args = command!.replace(/\d+$/, String(port)).split(" ");
  const server = spawn("node_modules/.bin/esbuild", args, { stdio: ["pipe", "ignore", "pipe"], signal: end.signal });
  server.on("error", () => {});
  let said = "";
  server.stderr.on("data", (bytes) => (said += bytes));
  await expect.poll(() => reached(port, "127.0.0.1"), { timeout: 10_000 }).toBe("connected");
  // A listener on every address answers here too.
  expect(await reached(port, "127.0.0.2")).toBe("ECONNREFUSED");
  const page = await fetch(`http://127.0.0.1:${port}/examples/browser/`);
  expect(await page.text()).toContain("<title>Pollux in a browser</title>");
  expect(said).not.toContain("Network:");
});

/** examples/browser in a real browser, without a head: a WASI program and the library, over a simulated network. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].map(find).find((file) => file !== "");

function find(name: string): string {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** This folder, as it is. */
const server = http.createServer(async (request, response) => {
  const file = path.join(process.cwd(), new URL(request.url!, "http://localhost").pathname);
  try {
    const content = await readFile(file);
    response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "text/plain" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
let browser: Browser | undefined;

beforeAll(async () => {
  if (CHROMIUM === undefined) return;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  server.close();
});

/** Without one (Debian: apt install chromium) this is skipped, and fails under CI. */
describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
  it("a WASI program serves 20 clients of the library, and every byte comes back", async () => {
    const page = await browser!.newPage();
    const failures: string[] = [];
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => failures.push(String(error)));
    page.on("requestfailed", (request) => failures.push(request.url()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/examples/browser/index.html`);
    // The test's own time limit is the only one; a page whose script fails never gets there.
    await Promise.race([
      page.waitForSelector("body[data-done]", { state: "attached", timeout: 0 }),
      page.waitForEvent("pageerror", { timeout: 0 }),
    ]);
    const text = await page.textContent("pre");
    expect(failures).toEqual([]);
    expect(text).toMatch(
      /^20 of 20 clients got back the 60000 bytes that they had sent, in \d+ ms of simulated time$/m,
    );
    expect(said.filter((line) => / came\b/.test(line))).toHaveLength(20);
    await page.close();
  });
});

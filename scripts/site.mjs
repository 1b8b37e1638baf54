/**
 * Builds the live page and serves it on loopback.
 *
 *     npm run site                  at http://127.0.0.1:8080/
 *     npm run site -- --port 3000
 *     npm run site -- --picture     writes the picture of README, from the page itself
 *     npm run site -- --figures     first paint, bytes and longest tasks on a phone's profile, with their limits
 *     npm run site -- --figures --only load     the scenes whose name contains "load"
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    picture: { type: "boolean" },
    figures: { type: "boolean" },
    only: { type: "string" },
  },
});

execFileSync(process.execPath, ["scripts/build.mjs", "site"], { stdio: "inherit" });

/** `new URL` removes `..`, so that no path leaves the folder. */
async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = path.join("dist/site", pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  try {
    const content = await readFile(file);
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.setHeader("content-type", type);
    if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) return void response.end(content);
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(content));
  } catch {
    response.writeHead(404).end();
  }
}

const isServing = !options.picture && !options.figures;
const server = http.createServer(answer).listen(isServing ? Number(options.port) : 0, "127.0.0.1");
await once(server, "listening");
const address = `http://127.0.0.1:${server.address().port}/`;
if (options.picture) {
  const { writePicture } = await import("./site-picture.mjs");
  await writePicture(address);
}
if (options.figures) {
  const { printFigures } = await import("./site-figures.mjs");
  if (!(await printFigures(address, options.only))) process.exitCode = 1;
}
if (isServing) console.log(address);
else server.close();

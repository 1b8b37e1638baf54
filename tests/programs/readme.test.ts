/** What the README and the guide show is run here, as it stands there; only ports are the system's choice. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
const guide = readFileSync("docs/guide.md", "utf8");
const folder = "dist/tests/readme";
const children: number[] = [];

/** The code blocks that begin so; one in a list is indented. */
const blocks = (info: string, document = readme) =>
  [...document.matchAll(new RegExp(`^( *)\`\`\`${info}\\n(.*?)^ *\`\`\`$`, "gms"))].map(([, indent, code]) =>
    code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
/** The command in a `sh` block that has this word; with a port of the system's choice. */
const command = (word: string) => {
  const line = blocks("sh")
    .join("\n")
    .split("\n")
    .find((candidate) => candidate.includes(word));
  return (line ?? "").replace(/ +#.*/, "").replace(/127\.0\.0\.1:\d+/, "127.0.0.1:0");
};

mkdirSync(join(folder, "node_modules"), { recursive: true });
try {
  symlinkSync("../../../..", join(folder, "node_modules/pollux"));
} catch {
  // from an earlier run
}

afterAll(() => {
  for (const pid of children) process.kill(pid);
});

async function serve(line: string, cwd: string): Promise<number> {
  const [file, ...args] = line.split(" ");
  const server = spawn(file, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  children.push(server.pid!);
  for await (const chunk of server.stderr) {
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(String(chunk));
    if (port !== null) return Number(port[1]);
  }
  throw new Error(`no announcement of ${line}`);
}

async function echoes(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  let got = "";
  while (got.length < text.length) got += String((await once(socket, "data"))[0]);
  socket.destroy();
  return got;
}

/** Runs one that says in comments what it prints. */
async function expectPrints(name: string, code: string): Promise<void> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  const { stdout } = await run(process.execPath, [file]);
  const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (-?\w+)/g)].map((m) => m[1]);
  expect(expected.length).toBeGreaterThan(0);
  expect(stdout.trim().split("\n")).toEqual(expected);
}

/** Compiles and runs a server with the README's command for that. */
async function expectServes(code: string): Promise<void> {
  writeFileSync(join(folder, "server.ts"), code);
  const [compile, serveIt] = command("npx asc").split(" && ");
  const [, , ...args] = compile.split(" ");
  await run(process.execPath, ["../../../node_modules/assemblyscript/bin/asc.js", ...args], { cwd: folder });
  const port = await serve(serveIt.replace("npx pollux", `${process.execPath} ../../cli.js`), folder);
  expect(await echoes(port, "hello")).toBe("hello");
}

const numbered = (codes: string[]) => codes.map((code, index) => ({ code, index }));

describe("the guide's", () => {
  it.each(numbered(blocks("js run", guide)))("example $index prints what its comments say", async ({ code, index }) => {
    await expectPrints(`guide-${index}`, code);
  });

  it("server in AssemblyScript compiles, and echoes", async () => {
    await expectServes(blocks("ts compile", guide)[0]);
  });

  it("table of select, poll and epoll is the benchmark's own", () => {
    const [, block] = /<!-- bench:apis -->\n(.*?)<!-- \/bench:apis -->/s.exec(guide)!;
    expect(block.match(/^\| .*\d \|$/gm)).toHaveLength(3 * 6);
    expect(block).toContain("](images/apis.svg)");
  });

  it("code is all of this kind", () => {
    expect(guide.match(/^ *```\w.*$/gm)!.map((line) => line.trim())).toEqual([
      ...blocks("js run", guide).map(() => "```js run"),
      "```ts compile",
    ]);
  });
});

describe("the README's", () => {
  it.each(numbered(blocks("js run")))("example $index prints what its comments say", async ({ code, index }) => {
    await expectPrints(`example-${index}`, code);
  });

  it("AssemblyScript server compiles with the command beside it, and echoes", async () => {
    await expectServes(blocks("ts compile")[0]);
  });

  it("run command serves", async () => {
    expect(await echoes(await serve(command("dist/cli.js run --listen 127.0.0.1:8080 dist"), "."), "hello")).toBe(
      "hello",
    );
  });

  it("two commands are the package's", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(command("npm start")).toBe("npm ci && npm start");
    expect(scripts).toMatchObject({
      prestart: "node scripts/build.mjs programs/echo-poll programs/echo-epoll bundles",
      start: "node dist/cli.js echo",
    });
    expect(command("npm test")).toBe("npm ci && npm test");
    expect(scripts).toMatchObject({
      pretest: "npm run build && npm run build:guests && npm run check",
      test: "vitest run",
    });
  });
});

/** Runs the code and the commands in the documents. Only the ports differ: the system chooses them. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const documents = {
  README: readFileSync("README.md", "utf8"),
  host: readFileSync("docs/host.md", "utf8"),
  library: readFileSync("docs/library.md", "utf8"),
  performance: readFileSync("docs/performance.md", "utf8"),
  programs: readFileSync("docs/programs.md", "utf8"),
};
const folder = "dist/tests/readme";
const children: number[] = [];

/** The code blocks with this info string. A block in a list is indented. */
const blocks = (info: string, document: string) =>
  [...document.matchAll(new RegExp(`^( *)\`\`\`${info}\\n(.*?)^ *\`\`\`$`, "gms"))].map(([, indent, code]) =>
    code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
/** The command that contains `text`, from a `sh` block, with port 0. */
const command = (text: string, document: string) => {
  const line = blocks("sh", document)
    .join("\n")
    .split("\n")
    .find((candidate) => candidate.includes(text));
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

/** Runs an example whose comments say what it prints. */
async function expectPrints(name: string, code: string): Promise<void> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  const { stdout } = await run(process.execPath, [file]);
  const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (-?\w+)/g)].map((m) => m[1]);
  expect(expected.length).toBeGreaterThan(0);
  expect(stdout.trim().split("\n")).toEqual(expected);
}

/** Compiles and runs a server with the document's own command. */
async function expectServes(code: string): Promise<void> {
  writeFileSync(join(folder, "server.ts"), code);
  writeFileSync(join(folder, "asconfig.json"), blocks("json", documents.programs)[0]);
  const [compile, serveIt] = command("npx asc", documents.programs).split(" && ");
  const [, , ...args] = compile.split(" ");
  await run(process.execPath, ["../../../node_modules/assemblyscript/bin/asc.js", ...args], { cwd: folder });
  const port = await serve(serveIt.replace("npx pollux", `${process.execPath} ../../cli.cjs`), folder);
  expect(await echoes(port, "hello")).toBe("hello");
}

const examples = Object.entries(documents).flatMap(([name, text]) =>
  blocks("js run", text).map((code, index) => ({ code, index, name })),
);

it.each(examples)("example $index of $name prints what its comments say", async ({ code, index, name }) => {
  await expectPrints(`${name}-${index}`, code);
});

it.each(blocks("ts compile", documents.programs))("server %# in AssemblyScript compiles and echoes", async (code) => {
  await expectServes(code);
});

it("each code block in JavaScript or TypeScript is run, is an example's file, or is a fragment in docs/host.md", () => {
  const infos = Object.entries(documents).flatMap(([name, text]) =>
    text.match(/^ *```(?:js|ts)\b.*$/gm)?.map((line) => `${name} ${line.trim().slice(3)}`),
  );
  expect(infos.filter((info) => info !== undefined && !/ (js run|ts compile|ts example)$/.test(info))).toEqual([
    "host js",
  ]);
});

it("docs/performance.md has the table and the chart of the benchmark apis", () => {
  const [, block] = /<!-- bench:apis -->\n(.*?)<!-- \/bench:apis -->/s.exec(documents.performance)!;
  expect(block.match(/^\| .*\d \|$/gm)).toHaveLength(3 * 6);
  expect(block).toContain("](images/apis.svg)");
});

describe("the README", () => {
  it("has a command that serves an echo", async () => {
    const line = command("dist/cli.cjs run --listen 127.0.0.1:8080 dist", documents.README);
    expect(await echoes(await serve(line, "."), "hello")).toBe("hello");
  });

  it("has npm scripts that build what they need", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(command("npm start", documents.README)).toBe("npm ci && npm start");
    expect(scripts).toMatchObject({
      prestart: "node scripts/build.mjs programs/echo-poll programs/echo-epoll command",
      start: "node dist/cli.cjs echo",
    });
    expect(command("npm test", documents.README)).toBe("npm ci && npm test");
    expect(scripts).toMatchObject({
      pretest: "npm run build && run-p --aggregate-output build:guests check",
      test: "vitest run --project=!go",
    });
  });
});

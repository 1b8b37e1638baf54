/** The programs and commands of docs/components.md, and of README.md's part about components, unchanged. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { CLI } from "../hosts/command.ts";
import { Client } from "../programs/client.ts";
import { Process } from "./host.ts";

const page = readFileSync("docs/components.md", "utf8");
const readme = readFileSync("README.md", "utf8");
const blocks = (language: string, text = page) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) => code);
const commands = blocks("sh").flatMap((block) => block.trimEnd().split("\n"));
const tool = path.resolve(".ci/componentize-py");
const folder = mkdtempSync(path.join(tmpdir(), "pollux-document-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The words after `npx pollux` or `node dist/cli.cjs`, with another port and the files' places here. */
function run(command: string, port: number): Process {
  const words = command
    .replace("node_modules/pollux/", `${path.resolve()}/`)
    .replace("server.wasm", path.join(folder, "server.wasm"))
    .replaceAll("9999", String(port));
  return new Process([process.execPath, CLI, ...words.split(" ").slice(2)]);
}

const [bundled, opened, python] = commands.filter((command) => command.startsWith("npx pollux run"));

/** A port that was just free. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  await once(listener.close(), "close");
  return port;
}

/** A line comes back as soon as it listens. */
async function expectEcho(port: number): Promise<void> {
  let answered = false;
  while (!answered) {
    const client = new Client(port);
    const echoed = client.roundTrip("hello\n").then(
      () => (answered = true),
      () => {}, // it does not listen yet
    );
    await Promise.race([client.closed, echoed]);
    await client.leave();
  }
}

it.each([
  ["its own listener", bundled],
  ["the listener of --listen", opened],
])("the bundled echo server answers with %s", async (_, command) => {
  const port = await freePort();
  await using _server = run(command, port);
  await expectEcho(port);
});

it("README's component answers", async () => {
  const port = await freePort();
  const line = blocks("sh", readme)
    .flatMap((block) => block.split("\n"))
    .find((command) => command.includes("component.wasm"))!;
  await using _server = run(line, port);
  await expectEcho(port);
});

/** Both servers in one program, because a build takes ten seconds of CPU time: with an argument the guide's, without one README's. */
const BOTH = `
import sys
import guide, readme
from wit_world import exports

class Run(exports.Run):
    def run(self):
        (guide if len(sys.argv) > 1 else readme).Run().run()
`;

let readmePort: Promise<number> | undefined;

/** Builds them by the guide's command, once. Resolves to the port that stands in README's code. */
function buildServers(): Promise<number> {
  readmePort ??= freePort().then((port) => {
    const [command, ...words] = commands.find((line) => line.startsWith("componentize-py"))!.split(" ");
    writeFileSync(path.join(folder, "guide.py"), blocks("python")[0]);
    writeFileSync(path.join(folder, "readme.py"), blocks("python", readme)[0].replaceAll("9999", String(port)));
    writeFileSync(path.join(folder, "server.py"), BOTH);
    writeFileSync(path.join(folder, "world.wit"), blocks("wit")[0]);
    const env = { ...process.env, PYTHONPATH: tool };
    execFileSync(path.join(tool, "bin", command), words, { cwd: folder, env, stdio: "pipe" });
    return port;
  });
  return readmePort;
}

it.for([
  ["docs/components.md", "9999"],
  ["README.md", ""],
])("the server in Python of %s is built by its command, and answers", async ([, args], { skip }) => {
  if (!existsSync(tool)) skip("python3 -m pip install --target .ci/componentize-py componentize-py==0.25.1");
  const portOfReadme = await buildServers();
  const port = args === "" ? portOfReadme : await freePort();
  await using _server = run(python.replace(/9999$/, args).trimEnd(), port);
  await expectEcho(port);
  expect(commands).toHaveLength(6);
});

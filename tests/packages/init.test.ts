/** `pollux init`: from nothing to a tested server, by the package's command and npm alone. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, inject, it } from "vitest";
import own from "../../package.json" with { type: "json" };
import { endGroup } from "../programs/proc.ts";
import { announced, exchange } from "./serving.ts";

const run = promisify(execFile);
const consumer = inject("consumer");
const project = path.join(consumer, "Demo Server");
/** The package's entry of node_modules/.bin, run where the project is to be. npx finds the same, in several times its CPU time. */
const init = (directory: string, command = ["node_modules/.bin/pollux"]) =>
  run(command[0], [...command.slice(1), "init", directory], { cwd: consumer });
const read = (file: string) => readFileSync(path.join(project, file), "utf8");

const servers: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  // npm, its shell and the server are one process group.
  for (const { pid } of servers) endGroup(pid!);
});

describe("pollux init", () => {
  it("makes a project named after its folder, which pins the tarball that Pollux was installed from", async () => {
    const { stdout } = await init("Demo Server", ["npx", "pollux"]);
    expect(stdout).toContain("npm install && npm start");
    expect(readdirSync(project).sort()).toEqual([
      ".gitignore",
      "README.md",
      "asconfig.json",
      "package.json",
      "server.ts",
      "test",
      "tsconfig.json",
    ]);
    const { name, dependencies, devDependencies } = JSON.parse(read("package.json"));
    expect(name).toBe("demo-server");
    expect(dependencies).toEqual({ pollux: `file:../${path.basename(inject("tarball"))}` });
    expect(devDependencies).toEqual({ assemblyscript: own.devDependencies.assemblyscript });
  });

  it("makes a project that depends on the clone, if run from one", async () => {
    const cli = path.resolve("dist/cli.cjs");
    await run(process.execPath, [cli, "init", "of-a-clone"], { cwd: consumer });
    const { dependencies } = JSON.parse(readFileSync(path.join(consumer, "of-a-clone/package.json"), "utf8"));
    const folder = path.resolve(consumer, "of-a-clone", dependencies.pollux.replace(/^file:/, ""));
    expect(folder).toBe(path.resolve("."));
  });

  it("makes a project that installs and passes its test", async () => {
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: project });
    const { stdout } = await run("npm", ["test"], { cwd: project, env: { ...process.env, NODE_OPTIONS: "" } });
    expect(stdout).toMatch(/^(#|ℹ) pass 2$/m);
    expect(stdout).toMatch(/^(#|ℹ) fail 0$/m);
  });

  it("makes a project that serves with npm start", async () => {
    const manifest = read("package.json");
    expect(manifest).toContain("127.0.0.1:8080");
    writeFileSync(path.join(project, "package.json"), manifest.replace("127.0.0.1:8080", "127.0.0.1:0"));
    // `npm test` has built the module, and the next test builds it by `npm start`.
    const server = spawn("npm", ["start", "--ignore-scripts"], { cwd: project, detached: true });
    servers.push(server);
    const port = await announced(server);
    await Promise.all(Array.from({ length: 8 }, () => exchange(port, 100_000)));
  });

  it("makes a project whose failed assertions and traps name file and line", async () => {
    const source = read("server.ts");
    const broken = source.replace("assert(client.sent <= client.received", "assert(client.sent < client.received");
    const line = 1 + source.split("\n").findIndex((text) => text.includes("assert(client.sent"));
    writeFileSync(path.join(project, "server.ts"), broken);
    const server = spawn("npm", ["start"], { cwd: project, detached: true });
    servers.push(server);
    let said = "";
    server.stderr.on("data", (bytes) => (said += bytes));
    const port = await announced(server);
    await exchange(port, 10).catch(() => undefined);
    await once(server, "close");
    writeFileSync(path.join(project, "server.ts"), source);
    expect(said).toContain(`abort: more was sent than received at server.ts:${line}:`);
    expect(said).toMatch(/^pollux: trap: unreachable$/m);
    expect(said).toMatch(/^ {4}at \S*abort\S* \(~lib\/pollux\/assembly\/standard\/abort\.ts:\d+:\d+\)$/m);
    expect(said).toMatch(/^ {4}at server\/serve /m);
  });

  it("makes a project that type-checks", async () => {
    await run(process.execPath, [path.resolve("node_modules/typescript/bin/tsc"), "-p", project]);
  });

  it.each([
    ["a folder that is not empty", "full", "'full' is not empty ('something' is there); give an empty or new folder"],
    [
      "a file",
      "full/something",
      "'full/something' cannot be used as a folder (ENOTDIR); give an empty folder, or a new one in an existing folder",
    ],
    [
      "a folder in none",
      "none/demo",
      "'none/demo' cannot be used as a folder (ENOENT); give an empty folder, or a new one in an existing folder",
    ],
  ])("refuses %s in one line without changing it", async (_what, directory, line) => {
    mkdirSync(path.join(consumer, "full"), { recursive: true });
    writeFileSync(path.join(consumer, "full/something"), "mine");
    const failed = await init(directory).catch((error) => error);
    expect(failed).toMatchObject({ code: 2, stdout: "", stderr: `pollux: ${line}\n` });
    expect(readdirSync(path.join(consumer, "full"))).toEqual(["something"]);
    expect(readFileSync(path.join(consumer, "full/something"), "utf8")).toBe("mine");
  });
});

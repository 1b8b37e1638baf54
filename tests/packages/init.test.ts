/** `pollux init`: from nothing to a server that is tested, by the package's command and npm alone. */
import { execFile, spawn } from "node:child_process";
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
/** The package's entry of node_modules/.bin, run where the project is to be. */
const init = (directory: string) => run("npx", ["pollux", "init", directory], { cwd: consumer });
const read = (file: string) => readFileSync(path.join(project, file), "utf8");

const servers: ReturnType<typeof spawn>[] = [];
afterAll(() => {
  // npm, its shell and the server: a group of their own.
  for (const { pid } of servers) endGroup(pid!);
});

describe("pollux init", () => {
  it("makes a project that is named after its folder, with the versions of this package", async () => {
    const { stdout } = await init("Demo Server");
    expect(stdout).toContain("npm install && npm start");
    expect(readdirSync(project).sort()).toEqual([
      ".gitignore",
      "README.md",
      "package.json",
      "server.ts",
      "test",
      "tsconfig.json",
    ]);
    const { name, dependencies, devDependencies } = JSON.parse(read("package.json"));
    expect(name).toBe("demo-server");
    expect(dependencies).toEqual({ pollux: `^${own.version}` });
    expect(devDependencies).toEqual({ assemblyscript: own.devDependencies.assemblyscript });
  });

  it("of a clone it makes one that has the clone: the registry's may be another", async () => {
    const cli = path.resolve("dist/cli.js");
    await run(process.execPath, [cli, "init", "of-a-clone"], { cwd: consumer });
    const { dependencies } = JSON.parse(readFileSync(path.join(consumer, "of-a-clone/package.json"), "utf8"));
    const folder = path.resolve(consumer, "of-a-clone", dependencies.pollux.replace(/^file:/, ""));
    expect(folder).toBe(path.resolve("."));
  });

  it("the project installs, and its own test passes", async () => {
    // In place of the package by its name and version, which is this one when it is published.
    const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", inject("tarball")];
    await run("npm", install, { cwd: project });
    const { stdout } = await run("npm", ["test"], { cwd: project, env: { ...process.env, NODE_OPTIONS: "" } });
    expect(stdout).toMatch(/^(#|ℹ) pass 2$/m);
    expect(stdout).toMatch(/^(#|ℹ) fail 0$/m);
  });

  it("npm start serves", async () => {
    const manifest = read("package.json");
    expect(manifest).toContain("127.0.0.1:8080");
    writeFileSync(path.join(project, "package.json"), manifest.replace("127.0.0.1:8080", "127.0.0.1:0"));
    const server = spawn("npm", ["start"], { cwd: project, detached: true });
    servers.push(server);
    const port = await announced(server);
    await Promise.all(Array.from({ length: 8 }, () => exchange(port, 100_000)));
  });

  it("the project's sources type-check for editors", async () => {
    await run(process.execPath, [path.resolve("node_modules/typescript/bin/tsc"), "-p", project]);
  });

  it.each([
    [
      "a folder that is not empty",
      "full",
      "'full' is not empty ('something' is there); give a folder that is empty or new",
    ],
    [
      "a file",
      "full/something",
      "'full/something' cannot be a folder (ENOTDIR); give one that is empty, or new in one that is there",
    ],
    [
      "a folder in none",
      "none/demo",
      "'none/demo' cannot be a folder (ENOENT); give one that is empty, or new in one that is there",
    ],
  ])("refuses %s in one line, and leaves it as it is", async (_what, directory, line) => {
    mkdirSync(path.join(consumer, "full"), { recursive: true });
    writeFileSync(path.join(consumer, "full/something"), "mine");
    const failed = await init(directory).catch((error) => error);
    expect(failed).toMatchObject({ code: 2, stdout: "", stderr: `pollux: ${line}\n` });
    expect(readdirSync(path.join(consumer, "full"))).toEqual(["something"]);
    expect(readFileSync(path.join(consumer, "full/something"), "utf8")).toBe("mine");
  });
});

/** Before the suite: the package as it is published, and a project that has installed it and knows nothing of this folder. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import manifest from "../../package.json" with { type: "json" };

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the tarball is. */
    tarball: string;
    /** A folder whose node_modules has the package. */
    consumer: string;
  }
}

const run = promisify(execFile);
const NODE_TYPES = `@types/node@${manifest.devDependencies["@types/node"]}`;
/** The oldest that the declarations are for. Among this folder's own packages its command would take the place of ours. */
const TYPESCRIPT = "typescript@5.6.3";

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const consumer = await mkdtemp(path.join(tmpdir(), "pollux-consumer-"));
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", consumer];
  const [{ filename }] = JSON.parse((await run("npm", pack)).stdout);
  await writeFile(path.join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${filename}`, NODE_TYPES, TYPESCRIPT];
  await run("npm", install, { cwd: consumer });
  project.provide("tarball", path.join(consumer, filename));
  project.provide("consumer", consumer);
  return () => rm(consumer, { recursive: true });
}

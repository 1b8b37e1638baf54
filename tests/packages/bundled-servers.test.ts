/**
 * Servers in a bundle for Node, by esbuild, rollup, Vite and webpack, in a folder with nothing else: they serve, and where the
 * file of the host's threads is missing the error says what to ship.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import webpack from "webpack";
import { announced, exchange } from "./serving.ts";

const run = promisify(execFile);
const consumer = inject("consumer");
const parent = mkdtempSync(path.join(tmpdir(), "pollux-bundled-"));
/** A project with the package alone: a build needs no optional package. */
const project = path.join(parent, "project");
const THREAD = "pollux-worker.mjs";
/** Without `await` at the top: a bundle in CommonJS has none. */
const SERVER = `
import { formatAddress, run } from "pollux/host";
import bytes from "pollux/wasm/programs/echo-epoll/bytes";

const [sleep, driver] = process.argv.slice(2);
const onListening = ([address]) => process.stderr.write(\`listening on \${formatAddress(address)}\\n\`);
run(bytes, { args: ["echo", "--quiet"], listen: ["127.0.0.1:0"], onListening, sleep, driver })
  .catch((error) => console.log(error.message));
`;

interface Bundler {
  readonly name: string;
  /** The bundle's file. */
  readonly file: string;
  /** Does it ship the threads' file by itself? */
  readonly complete: boolean;
  bundle(entry: string, folder: string): Promise<unknown>;
}

function byEsbuild(format: "esm" | "cjs"): Bundler["bundle"] {
  return (entry, folder) =>
    esbuild({
      entryPoints: [entry],
      outfile: path.join(folder, format === "esm" ? "server.mjs" : "server.cjs"),
      bundle: true,
      platform: "node",
      format,
      logLevel: "silent",
    });
}

/** Rollup itself does not resolve packages in node_modules. */
const installedPackages = {
  name: "installed-packages",
  resolveId: (name: string, importer?: string) => {
    if (isBuiltin(name)) return { id: name, external: true };
    return importer === undefined ? null : createRequire(importer).resolve(name);
  },
};

function byRollup(format: "es" | "cjs"): Bundler["bundle"] {
  return async (entry, folder) => {
    const bundle = await rollup({ input: entry, plugins: [installedPackages], logLevel: "silent" });
    const entryFileNames = format === "es" ? "server.mjs" : "server.cjs";
    const chunkFileNames = format === "es" ? "[name].mjs" : "[name].cjs";
    await bundle.write({ dir: folder, format, entryFileNames, chunkFileNames });
    await bundle.close();
  };
}

function byVite(entry: string, folder: string): Promise<unknown> {
  return vite({
    configFile: false,
    root: project,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: { ssr: entry, outDir: folder, rollupOptions: { output: { entryFileNames: "server.mjs" } } },
  });
}

function byWebpack(module: boolean): Bundler["bundle"] {
  return (entry, folder) =>
    new Promise<void>((resolve, reject) => {
      const filename = module ? "server.mjs" : "server.cjs";
      const experiments = { outputModule: module };
      const output = {
        path: folder,
        filename,
        module,
        chunkFormat: module ? ("module" as const) : ("commonjs" as const),
      };
      // The minimizer takes most of the time, and goes further with modules: once is enough.
      const optimization = { minimize: module };
      webpack(
        { mode: "production", target: "node20", context: project, entry, output, experiments, optimization },
        (error, stats) => {
          const complaints = stats?.toJson({ all: false, errors: true, warnings: true });
          const first = error ?? [...(complaints?.errors ?? []), ...(complaints?.warnings ?? [])][0];
          if (first) reject(new Error(first.message));
          else resolve();
        },
      );
    });
}

const BUNDLERS: readonly Bundler[] = [
  { name: "esbuild, as ESM", file: "server.mjs", complete: false, bundle: byEsbuild("esm") },
  { name: "esbuild, as CommonJS", file: "server.cjs", complete: false, bundle: byEsbuild("cjs") },
  { name: "rollup, as ESM", file: "server.mjs", complete: false, bundle: byRollup("es") },
  { name: "rollup, as CommonJS", file: "server.cjs", complete: false, bundle: byRollup("cjs") },
  { name: "Vite, for SSR", file: "server.mjs", complete: false, bundle: byVite },
  { name: "webpack, as ESM", file: "server.mjs", complete: true, bundle: byWebpack(true) },
  { name: "webpack, as CommonJS", file: "server.cjs", complete: true, bundle: byWebpack(false) },
];

const entry = path.join(project, "server.mjs");
const servers: ChildProcess[] = [];
beforeAll(() => {
  const installed = "node_modules/pollux";
  cpSync(path.join(consumer, installed), path.join(project, installed), { recursive: true });
  writeFileSync(entry, SERVER);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.kill("SIGKILL");
});
afterAll(() => rmSync(parent, { recursive: true }));

describe.each(BUNDLERS)("by $name", ({ name, file, complete, bundle }) => {
  const folder = path.join(parent, name.replaceAll(/\W+/g, "-"));
  beforeAll(async () => {
    mkdirSync(folder);
    await bundle(entry, folder);
  });

  async function serves(sleep: string, ...driver: string[]): Promise<void> {
    // In the root directory, so nothing is found through the current directory.
    const server = spawn(process.execPath, [path.join(folder, file), sleep, ...driver], { cwd: "/" });
    servers.push(server);
    await exchange(await announced(server), 100_000);
  }

  if (!complete) {
    it("names the file to copy if a thread's file is missing", async () => {
      for (const args of [["worker"], ["blocking", "net"]]) {
        const { stdout } = await run(process.execPath, [path.join(folder, file), ...args], { cwd: "/" });
        expect(stdout).toMatch(
          /^no pollux-worker\.mjs in .*, which a thread of the host needs: copy node_modules\/pollux\/dist\/pollux-worker\.mjs beside the bundle\n$/,
        );
      }
    });
  }

  it("serves without koffi, over the net driver, with the guest in a worker or on its own thread", async () => {
    if (!complete) copyFileSync(path.join(consumer, "node_modules/pollux/dist", THREAD), path.join(folder, THREAD));
    await serves("worker");
    await serves("blocking");
    const { stdout } = await run(process.execPath, [path.join(folder, file), "blocking", "posix"], { cwd: "/" });
    expect(stdout).toBe("the posix driver needs the package 'koffi': npm install koffi, or use the net driver\n");
  });

  it("serves over the posix driver if koffi is beside the bundle", async () => {
    for (const name of ["koffi", "@koromix"]) {
      cpSync(path.join(consumer, "node_modules", name), path.join(folder, "node_modules", name), { recursive: true });
    }
    await serves("worker", "posix");
    await serves("blocking", "posix");
  });
});

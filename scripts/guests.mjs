/**
 * Builds the foreign guests of tests/guests with the toolchains of their languages, each guest again only when its source
 * or its toolchain is another one than last time.
 *
 *     npm run build:guests        into tests/guests/built/
 *
 * A toolchain that is missing is a line that says how to get it, and a failure where CI is set. `.ci/run` gets all of them.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SOURCES = "tests/guests";
const BUILT = path.join(SOURCES, "built");
/** Debian's: a rustc that rustup put into PATH has no standard library for WASI. */
const RUSTC = "/usr/bin/rustc";

/**
 * By language: what says which toolchain it is, what else it needs, how to get it, and the command that builds `source`,
 * relative to `in` (default: here), as `target`.
 */
const LANGUAGES = [
  {
    name: "c",
    source: /^[^.]+\.c$/,
    toolchain: ["python3", "-m", "ziglang", "version"],
    remedy: "python3 -m pip install --target .ci/zig ziglang==0.15.2",
    env: { PYTHONPATH: path.resolve(".ci/zig") },
    command: (source, target) => [
      ...["python3", "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-O2", "-Wall", "-Wextra", "-Werror"],
      ...["-o", target, source],
    ],
  },
  {
    name: "go",
    source: /^[^.]+$/,
    toolchain: ["go", "version"],
    remedy: "see https://go.dev/doc/install",
    env: { GOOS: "wasip1", GOARCH: "wasm" },
    command: (source, target) => ["go", "build", "-trimpath", "-o", target, source],
  },
  {
    name: "rust",
    source: /^[^.]+\.rs$/,
    toolchain: [RUSTC, "--version"],
    linker: ["wasm-ld", "--version"],
    library: "/usr/lib/rustlib/wasm32-wasi",
    remedy: "apt-get install rustc libstd-rust-dev-wasm32 lld",
    env: {},
    command: (source, target) => [
      ...[RUSTC, "--edition", "2021", "-O", "-D", "warnings", "--target", "wasm32-wasi", "-C", "linker=wasm-ld"],
      ...["-o", target, source],
    ],
  },
];

/** What a command prints; undefined where it cannot be run. */
const output = ([tool, ...args], options) =>
  run(tool, args, options).then(
    ({ stdout }) => stdout,
    () => undefined,
  );

/** What of a toolchain is not there; undefined where all is. */
async function missing({ toolchain, linker, library }, version, options) {
  if (version === undefined) return `'${toolchain.join(" ")}' cannot be run`;
  if (linker !== undefined && (await output(linker, options)) === undefined) return `${linker[0]} is not there`;
  return library === undefined || existsSync(library) ? undefined : `${library} is not there`;
}

async function build(language) {
  const { name, source, toolchain, remedy, env, command } = language;
  const folder = path.resolve(SOURCES, name);
  const options = { cwd: folder, env: { ...process.env, ...env } };
  const version = await output(toolchain, options);
  const target = path.resolve(BUILT, name);
  const lack = await missing(language, version, options);
  if (lack !== undefined) {
    rmSync(target, { recursive: true, force: true });
    console.error(`no guests in ${name}: ${lack}; ${remedy}`);
    return false;
  }
  mkdirSync(target, { recursive: true });
  const guests = readdirSync(folder).filter((entry) => source.test(entry));
  for (const guest of guests) {
    const module = path.join(target, `${path.parse(guest).name}.wasm`);
    const [compiler, ...rest] = command(`./${guest}`, module);
    const hash = createHash("sha256")
      .update(JSON.stringify([version, rest.slice(0, -1)]))
      .update(contents(path.join(folder, guest)))
      .digest("hex");
    const stamp = `${module}.sha256`;
    if (existsSync(module) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) continue;
    await run(compiler, rest, options).catch(({ stderr, message }) => {
      throw new Error(`${name}/${guest} cannot be built (${remedy}):\n${stderr || message}`);
    });
    writeFileSync(stamp, hash);
  }
  return true;
}

/** A file's, or of all files in a directory. */
function contents(source) {
  const parsed = path.parse(source);
  if (parsed.ext !== "") return readFileSync(source);
  return readdirSync(source)
    .toSorted()
    .map((file) => `${file}\n${readFileSync(path.join(source, file), "utf8")}`)
    .join("\n");
}

let complete = true;
try {
  for (const language of LANGUAGES) complete = (await build(language)) && complete;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
if (!complete && process.env.CI) process.exitCode = 1;

/**
 * Builds the foreign guests of tests/guests, tests/real and tests/components with the toolchains of their languages, each guest again only when
 * its source or its toolchain is another one than last time.
 *
 *     npm run build:guests                 into the folder built/ of each
 *     npm run build:guests -- --release    the crates of tests/real alone, optimized, into built/rust-release/
 *
 * A toolchain that is missing is a line that says how to get it, and a failure where CI is set. `.ci/run` gets all of them.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs, promisify } from "node:util";

const { values: asked } = parseArgs({ options: { release: { type: "boolean" } } });
/** Of each crate's Cargo.toml: a third of the time of an optimized build goes into the optimization. */
const PROFILE = asked.release ? "release" : "tests";
const run = promisify(execFile);
/** Each with a folder for each language. */
const SUITES = ["tests/guests", "tests/real", "tests/components"];
/** Debian's: a rustc that rustup put into PATH has no standard library for WASI. */
const RUSTC = "/usr/bin/rustc";
/** Debian's too, current, and unpacked beside: `.ci/run`. cargo and the crates are of the machine's own. */
const RUST_WEB = path.resolve(".ci/rust-web/usr");
/** The C library that Rust's programs for WASI are linked with. */
const RUST_LIBC = "/usr/lib/rustlib/wasm32-wasi/lib/self-contained";
const COMPONENTIZE_PY = path.resolve(".ci/componentize-py");

/**
 * By language: files that say what all of its guests are built from, what says which toolchain it is, what else it needs, how to get it, and the command that builds `source`,
 * relative to `in` (default: here), as `target`.
 */
const LANGUAGES = [
  {
    name: "c",
    source: /^[^.]+\.c$/,
    modules: ["../../../include/pollux/wasi-sockets.h"],
    toolchain: ["python3", "-m", "ziglang", "version"],
    remedy: "python3 -m pip install --target .ci/zig ziglang==0.15.2",
    env: { PYTHONPATH: path.resolve(".ci/zig") },
    command: (source, target) => [
      ...["python3", "-m", "ziglang", "cc", "-target", "wasm32-wasi", "-O2", "-Wall", "-Wextra", "-Werror"],
      ...["-I", "../../../include", "-o", target, source],
    ],
  },
  {
    name: "go",
    source: /^[^.]+$/,
    modules: ["go.mod", "go.sum"],
    toolchain: ["go", "version"],
    remedy: "see https://go.dev/doc/install",
    env: { GOOS: "wasip1", GOARCH: "wasm" },
    command: (source, target, text) => [...["go", "build", "-trimpath", ...tagsOf(text), "-o", target], source],
  },
  {
    name: "rust",
    suite: "tests/guests",
    source: /^[^.]+\.rs$/,
    toolchain: [RUSTC, "--version"],
    tools: [["wasm-ld", "--version"]],
    library: "/usr/lib/rustlib/wasm32-wasi",
    remedy: "apt-get install rustc libstd-rust-dev-wasm32 lld",
    env: {},
    command: (source, target) => [
      ...[RUSTC, "--edition", "2021", "-O", "-D", "warnings", "--target", "wasm32-wasi", "-C", "linker=wasm-ld"],
      ...["-o", target, source],
    ],
  },
  {
    name: "rust",
    suite: "tests/real",
    source: /^[^.]+$/,
    toolchain: [`${RUST_WEB}/bin/rustc`, "--version"],
    tools: [
      ["cargo", "--version"],
      ["wasm-ld", "--version"],
    ],
    library: RUST_LIBC,
    remedy: ".ci/run says how to get them, with a cargo from https://rustup.rs",
    env: {
      LD_LIBRARY_PATH: `${RUST_WEB}/lib/x86_64-linux-gnu`,
      RUSTC: `${RUST_WEB}/bin/rustc`,
      RUSTC_BOOTSTRAP: "1",
      RUSTFLAGS: `--cfg tokio_unstable -L ${RUST_LIBC}`,
      CARGO_TARGET_WASM32_WASIP1_LINKER: "wasm-ld",
    },
    command: (source, target) => [
      ...["cargo", "build", "--profile", PROFILE, "--locked", "--quiet", "--target", "wasm32-wasip1"],
      ...[
        "-Zbuild-std=std,panic_abort",
        "-Zbuild-std-features=",
        "-Zunstable-options",
        "--artifact-dir",
        path.dirname(target),
      ],
      ...["--target-dir", path.join(path.dirname(target), "target"), "--manifest-path", `${source}/Cargo.toml`],
    ],
  },
  {
    name: "python",
    suite: "tests/components",
    source: /^[^.]+\.py$/,
    modules: ["world.wit", "programs", "../../programs/peers"],
    toolchain: [`${COMPONENTIZE_PY}/bin/componentize-py`, "--version"],
    remedy: "python3 -m pip install --target .ci/componentize-py componentize-py==0.25.1",
    env: { PYTHONPATH: COMPONENTIZE_PY },
    command: (source, target) => [
      ...[`${COMPONENTIZE_PY}/bin/componentize-py`, "--wit-path", "world.wit", "--world", "command", "componentize"],
      ...["-p", ".", "-p", "programs", "-p", "../../programs/peers", path.parse(source).name, "-o", target],
    ],
  },
  {
    name: "javascript",
    suite: "tests/components",
    source: /^[^.]+\.js$/,
    modules: ["world.wit", "build.mjs", "cases"],
    toolchain: ["node", "--print", "require('../../../node_modules/componentize-qjs/package.json').version"],
    remedy: "npm ci",
    env: {},
    command: (source, target) => ["node", "build.mjs", source, target],
  },
];

/** Output of a command; undefined if it cannot run. */
const output = ([tool, ...args], options) =>
  run(tool, args, options).then(
    ({ stdout }) => stdout,
    () => undefined,
  );

/** The missing part of a toolchain; undefined if it is complete. */
async function missing({ toolchain, tools = [], library }, version, options) {
  if (version === undefined) return `'${toolchain.join(" ")}' cannot be run`;
  for (const tool of tools) if ((await output(tool, options)) === undefined) return `${tool[0]} is not there`;
  return library === undefined || existsSync(library) ? undefined : `${library} is not there`;
}

async function build(suite, language) {
  const { name, source, modules = [], toolchain, remedy, env, command } = language;
  const folder = path.resolve(suite, name);
  if (!existsSync(folder)) return true;
  const options = { cwd: folder, env: { ...process.env, ...env } };
  const version = await output(toolchain, options);
  const target = path.resolve(suite, "built", asked.release ? `${name}-release` : name);
  const lack = await missing(language, version, options);
  if (lack !== undefined) {
    rmSync(target, { recursive: true, force: true });
    console.error(`no guests in ${suite}/${name}: ${lack}; ${remedy}`);
    return false;
  }
  mkdirSync(target, { recursive: true });
  const guests = readdirSync(folder).filter((entry) => source.test(entry) && !isPackage(path.join(folder, entry)));
  const shared = [...modules, ...readdirSync(folder).filter((entry) => isPackage(path.join(folder, entry)))];
  for (const guest of guests) {
    const module = path.join(target, `${path.parse(guest).name}.wasm`);
    const [compiler, ...rest] = command(`./${guest}`, module, contents(path.join(folder, guest)));
    const hash = createHash("sha256")
      .update(JSON.stringify([version, rest.slice(0, -1)]))
      .update([guest, ...shared].map((entry) => contents(path.join(folder, entry))).join("\n"))
      .digest("hex");
    const stamp = `${module}.sha256`;
    if (existsSync(module) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) continue;
    // An interrupted compiler leaves half a module, so its old stamp must not remain.
    rmSync(stamp, { force: true });
    await run(compiler, rest, options).catch(({ stderr, message }) => {
      throw new Error(`${suite}/${name}/${guest} cannot be built (${remedy}):\n${stderr || message}`);
    });
    writeFileSync(stamp, hash);
  }
  return true;
}

/** The build tag that a program in Go needs. */
function tagsOf(text) {
  const [, tag] = /^\/\/go:build (\w+)$/m.exec(text) ?? [];
  return tag === undefined ? [] : ["-tags", tag];
}

/** A folder of Go that programs import, and none itself. */
function isPackage(folder) {
  if (!statSync(folder).isDirectory()) return false;
  const files = readdirSync(folder);
  return files.some((file) => file.endsWith(".go")) && !files.includes("main.go");
}

/** A file's, or of all files in a folder. */
function contents(source) {
  if (!statSync(source).isDirectory()) return readFileSync(source, "utf8");
  return readdirSync(source)
    .toSorted()
    .map((file) => `${file}\n${readFileSync(path.join(source, file), "utf8")}`)
    .join("\n");
}

/** Most compilers use one core. The crates of tests/real take longest, so they come first. */
const LANES = 2;
const tasks = SUITES.flatMap((suite) => LANGUAGES.map((language) => ({ suite, language })))
  .filter(({ suite, language }) => (language.suite ?? suite) === suite)
  .filter((task) => !asked.release || isSlow(task))
  .sort((one, other) => isSlow(other) - isSlow(one));

function isSlow({ suite, language }) {
  return Number(suite === "tests/real" && language.name === "rust");
}

let complete = true;
async function buildNext() {
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    const { suite, language } = task;
    complete = (await build(suite, language)) && complete;
  }
}

try {
  await Promise.all(Array.from({ length: LANES }, buildNext));
} catch (error) {
  tasks.length = 0;
  console.error(error.message);
  process.exitCode = 1;
}
if (!complete && process.env.CI) process.exitCode = 1;

/**
 * Installs the runtimes of runtimes/pins.json into .ci/runtimes, which git ignores: what is there already stays.
 *
 *     node scripts/runtimes.mjs
 *
 * Each by the client of the registry that has it: npm, pip, go. One that cannot be installed is named with the reason, here
 * and wherever the tests skip it (.ci/runtimes/NAME.reason); the status is 1 then, and the others are installed all the same.
 */
import { execFile } from "node:child_process";
import { access, chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { arch, env, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(ROOT, ".ci/runtimes");
/** Ten minutes, in milliseconds: a registry that does not answer must not block the installation. */
const TIMEOUT_MS = 600_000;
const run = promisify(execFile);

/** For each package client: how it installs into a folder, and where the program is then. */
const CLIENTS = {
  npm: {
    // These packages contain only a program and need no install script.
    command: (folder, name, version) =>
      `npm install --prefix ${folder} --loglevel=error --no-audit --no-fund --no-save --no-package-lock ${name}@${version}`,
    binary: (name) => `node_modules/${name}/bin/node`,
  },
  pip: {
    command: (folder, name, version) =>
      `python3 -m pip install --quiet --disable-pip-version-check --no-deps --target ${folder} ${name}==${version}`,
    binary: () => "wasmtime_cli/wasmtime",
  },
  go: {
    command: (_folder, name, version) => `go install ${name}@${version}`,
    environment: (folder) => ({ GOBIN: folder, CGO_ENABLED: "0" }),
    binary: (name) => name.slice(name.lastIndexOf("/") + 1),
  },
};

/** Path of a pinned runtime's program: from its pin, or from its package kind. */
function programOf({ from, package: name, version, program = CLIENTS[from].binary(name) }) {
  const plain = name.slice(name.lastIndexOf("/") + 1);
  const folder = join(FOLDER, `${plain}-${version}`);
  return { folder, program: join(folder, program) };
}

/** Into a folder beside, which takes its place when it is complete: one that is there is whole. */
async function install(pin) {
  const { folder, program } = programOf(pin);
  const { command, environment } = CLIENTS[pin.from];
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const [client, ...args] = command(unfinished, pin.package, pin.version).split(" ");
  await run(client, args, { timeout: TIMEOUT_MS, env: { ...env, ...environment?.(unfinished) } });
  await chmod(program.replace(folder, unfinished), 0o755); // older pips lose the executable bit
  await rename(unfinished, folder);
}

/** One line that says why. */
function reasonOf(error, { from }) {
  const client = from === "pip" ? "python3" : from;
  if (error.code === "ENOENT") return `there is no ${client} on this machine to install it with`;
  if (error.killed) return `${client} did not finish within ${TIMEOUT_MS / 60_000} minutes`;
  const lines = `${error.stderr ?? ""}\n${error.message}`
    .split("\n")
    .filter((line) => !/^(WARNING:.*)?\s*$/.test(line));
  // npm has its code on one line, and the reason on the next.
  const errors = lines.filter((line) => /^(npm )?error/i.test(line)).slice(0, 2);
  return (errors.length > 0 ? errors.join(", ") : lines[0]).trim();
}

/** `{x64|arm64}` in a name: what it is on either. */
const text = await readFile(join(ROOT, "runtimes/pins.json"), "utf8");
const pins = JSON.parse(text.replaceAll(/\{(\w+)\|(\w+)\}/g, arch === "arm64" ? "$2" : "$1"));
await mkdir(FOLDER, { recursive: true });
let failures = 0;
await Promise.all(
  Object.entries(pins).map(async ([name, pin]) => {
    const note = join(FOLDER, `${name}.reason`);
    await rm(note, { force: true });
    try {
      await access(programOf(pin).program);
    } catch {
      try {
        await install(pin);
        console.log(`installed ${name}: ${pin.package} ${pin.version}`);
      } catch (error) {
        failures++;
        const reason = reasonOf(error, pin);
        await writeFile(note, `${reason}\n`);
        console.error(`cannot install ${name} (${pin.package} ${pin.version}): ${reason}`);
      }
    }
  }),
);
exit(failures === 0 ? 0 : 1);

/** The runtimes that scripts/runtimes.mjs installs, at the versions of pins.json: where each is, or why it is not there. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = process.cwd();
const PINS: Record<string, { from: string; package: string; version: string; program?: string }> = JSON.parse(
  readFileSync(join(ROOT, "runtimes/pins.json"), "utf8"),
);

/** As scripts/runtimes.mjs installs them. */
const PROGRAM_IN_FOLDER: Record<string, string> = {
  npm: "node_modules/node-linux-{x64|arm64}/bin/node",
  pip: "wasmtime_cli/wasmtime",
  go: "wazero",
};

/** `{x64|arm64}` in a name: what it is on either. */
const onThisMachine = (text: string) => text.replace(/\{(\w+)\|(\w+)\}/, process.arch === "arm64" ? "$2" : "$1");

/** A pinned program: its path, its version, and the reason if it is missing. */
export function pinned(name: string): { program: string; version: string; missing: string | undefined } {
  const { from, version, program: place = PROGRAM_IN_FOLDER[from], ...pin } = PINS[name];
  const packageName = onThisMachine(pin.package);
  const folder = join(ROOT, ".ci/runtimes", `${packageName.slice(packageName.lastIndexOf("/") + 1)}-${version}`);
  const program = join(folder, onThisMachine(place));
  const note = join(ROOT, `.ci/runtimes/${name}.reason`);
  const reason = existsSync(note) ? `cannot be installed: ${readFileSync(note, "utf8").trim()}` : undefined;
  const missing = existsSync(program) ? undefined : (reason ?? "not installed: npm run runtimes installs it");
  return { program, version: version.replace(/^v/, ""), missing };
}

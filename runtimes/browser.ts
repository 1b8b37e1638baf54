/** The machine's own browser: the matrix runs programs in a page, where there are no sockets but a simulated network's. */
import { execFileSync } from "node:child_process";
import type { Listed } from "./runtime.ts";

/** The one without windows comes first: the page's tests take a quarter less time. */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
/** Path of the browser; undefined if there is none. */
export const CHROMIUM = NAMES.map(find).find((file) => file !== "");

function find(name: string): string {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** "Chromium 156.0.8078.108 built on ...", or so. */
function versionOf(file: string): string {
  const said = execFileSync(file, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? said.trim();
}

let version: string | undefined;

export const BROWSER: Listed = {
  name: "Chromium",
  unpinned: true,
  source: "edges",
  missing: CHROMIUM === undefined ? "not installed: Debian has it as chromium-headless-shell" : undefined,
  /** Read on demand, because the browser takes a while to report it. */
  get version() {
    version ??= CHROMIUM === undefined ? "-" : versionOf(CHROMIUM);
    return version;
  },
  typed: "examples/browser/index.html",
  limits: "no sockets: a simulated network, in simulated time; JSPI, which Chromium has from 137 on",
};

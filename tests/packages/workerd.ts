/** workerd with a Worker that esbuild has bundled: on ports that the system chooses. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { build } from "esbuild";

/** The binary for this platform; the package has no types. */
const workerd: string = createRequire(import.meta.url)("workerd").default;

/** As it is done by hand, see examples/workers/worker.js. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["*.wasm", "cloudflare:*"],
    tsconfigRaw: "{}", // not that of examples/, which leads to the sources instead of to the package
    logLevel: "error",
  });
}

export class Workerd {
  /** Of the sockets of the configuration, by their names. */
  readonly ports: Readonly<Record<string, number>>;
  readonly #child: ChildProcess;
  #said: string;

  /** `sockets`: the names of those in the configuration. */
  static async start(config: string, sockets: readonly string[]): Promise<Workerd> {
    const addresses = sockets.map((name) => `--socket-addr=${name}=127.0.0.1:0`);
    const args = ["serve", config, "--experimental", "--control-fd=3", ...addresses];
    const child = spawn(workerd, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    const server = new Workerd(child);
    const ports: Record<string, number> = {};
    Object.assign(server, { ports });
    const announcements = child.stdio[3] as Readable;
    announcements.setEncoding("utf8");
    let text = "";
    for await (const part of announcements) {
      text += part;
      for (const [, socket, port] of text.matchAll(/"socket":"(\w+)","port":(\d+)/g)) ports[socket] = Number(port);
      if (Object.keys(ports).length === sockets.length) return server;
    }
    throw new Error(`workerd ended: ${server.#said}`);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#said = "";
    this.ports = {};
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (bytes) => (this.#said += bytes));
  }

  /** What the Workers and workerd itself have printed. */
  get said(): string {
    return this.#said;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

/** `pollux echo`: runs a bundled echo server as a guest. */
import { fileURLToPath } from "node:url";
import { DEFAULT_STACK } from "../../wasi-host/internal-node.ts";
import { run } from "./run.ts";
import { isProcessOne } from "./signals.ts";
import { supervise } from "./supervision.ts";

export interface EchoOptions {
  listen: string;
  api: string;
  edge?: boolean;
  quiet?: boolean;
  driver?: string;
}

/** The build puts them beside dist/cli.cjs. */
const PROGRAMS = new URL("programs/", import.meta.url);

export function echo({ listen, api, edge, quiet, driver }: EchoOptions): Promise<number> {
  if (edge && api === "poll")
    throw new Error("--edge with --api poll: poll is level-triggered; use --api epoll --edge");
  const args = [`echo-${api}`];
  if (api === "epoll") args.push(edge ? "--edge" : "--level");
  if (quiet) args.push("--quiet");
  // Printed even with --quiet: callers wait for this line.
  const path = fileURLToPath(new URL(`echo-${api}.wasm`, PROGRAMS));
  const plan = { path, host: { args, listen: [listen], driver }, announce: true, stack: DEFAULT_STACK };
  return isProcessOne ? supervise(plan, {}) : run(plan);
}

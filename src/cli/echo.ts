/** `pollux echo`: the bundled echo servers, as guests like any other. */
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

export interface EchoOptions {
  listen: string;
  api: string;
  edge?: boolean;
  quiet?: boolean;
  driver?: string;
}

/** Beside dist/cli.js, where the build puts them. */
const PROGRAMS = new URL("programs/", import.meta.url);

export function echo({ listen, api, edge, quiet, driver }: EchoOptions): Promise<number> {
  if (edge && api === "poll")
    throw new Error("--edge with --api poll: poll is level-triggered; use --api epoll --edge");
  const args = [`echo-${api}`];
  if (api === "epoll") args.push(edge ? "--edge" : "--level");
  if (quiet) args.push("--quiet");
  // Announced even when quiet: whoever starts the server waits for the line.
  const path = fileURLToPath(new URL(`echo-${api}.wasm`, PROGRAMS));
  return run({ path, host: { args, listen: [listen], driver }, announce: true });
}

/** A story as the command writes it: an edge-triggered echo server, which two clients visit. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Run } from "../hosts/command.ts";

const PROGRAM = "dist/programs/echo-epoll.wasm";

/** Runs the server until it has served both, and returns what `--explain=json` has written. */
export async function recordedRun(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "pollux-run-"));
  const file = path.join(folder, "run.json");
  const run = new Run(
    ...["run", "--explain=json", "--explain-file", file, "--listen", "127.0.0.1:0", PROGRAM, "--edge"],
  );
  try {
    const port = Number((await run.printed(/listening on 127\.0\.0\.1:(\d+)\n/))[1]);
    const [idle, client] = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")];
    await Promise.all([idle, client].map((socket) => once(socket, "connect")));
    const told = () => readFileSync(file, "utf8");
    // Both are accepted, and the server sleeps again: then its story is the same each time.
    while (!/"event":"accept".*"result":5.*\n(.*\n)*.*"event":"asleep".*\n$/.test(told())) await sleep(10);
    client.write("hello\n");
    await once(client, "data");
    client.end();
    while (!/"event":"close".*\n.*"event":"asleep".*\n$/.test(told())) await sleep(10);
    idle.destroy();
    return told();
  } finally {
    run.child.kill("SIGKILL");
    await run.ended;
    rmSync(folder, { recursive: true });
  }
}

/** Measurements in processes of their own, so that no subject finds another's descriptors, heap or compiled code. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { BenchmarkError } from "./benchmark.ts";

/**
 * Runs a hidden command of `main.ts` with an order, as JSON, and returns the JSON that it printed. `title` names the order
 * where that fails, `node` runs it. Throws a `BenchmarkError`.
 */
export async function runAlone<Measurement>(
  command: string,
  order: unknown,
  title: string,
  node = process.execPath,
): Promise<Measurement> {
  const child = spawn(node, [process.argv[1], command, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  process.removeListener("exit", kill);
  if (status !== 0) throw new BenchmarkError(`${title}: the measurement failed`);
  return JSON.parse(output);
}

/** The versions with JavaScript Promise Integration, and the remedy for others. */

const NODE = "Node 24.20 or later";

/**
 * "RUNTIME lacks: REMEDY". Node 24 has it by default from 24.20 on, and by an option before; Node 23 and older do not.
 */
export function withoutJspi({ node, deno, bun }: Readonly<Record<string, string | undefined>>): string {
  // Both also report the version of Node that they emulate.
  if (deno !== undefined) return `Deno ${deno} lacks: use a later Deno, or ${NODE}`;
  if (bun !== undefined) return `Bun ${bun} lacks: use a later Bun, or ${NODE}`;
  const [major, minor] = (node ?? "0.0").split(".").map(Number);
  if (major === 24 && minor < 20) return `Node ${node} lacks: start it with --experimental-wasm-jspi, or use ${NODE}`;
  return `Node ${node} lacks: use ${NODE}`;
}

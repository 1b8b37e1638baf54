/** Calls on a comparison, as a file for `regressions/`. */
import * as constants from "../../src/constants.ts";

/** A call on a `Comparison`: the method's name, and its arguments. */
export type Call = readonly [string, ...(string | number | boolean)[]];

const OPS: Readonly<Record<number, string>> = {
  [constants.EPOLL_CTL_ADD]: "EPOLL_CTL_ADD",
  [constants.EPOLL_CTL_DEL]: "EPOLL_CTL_DEL",
  [constants.EPOLL_CTL_MOD]: "EPOLL_CTL_MOD",
};
const BITS = Object.entries(constants).filter(([name]) => !name.startsWith("EPOLL_CTL"));

export function showCall([method, ...args]: Call): string {
  const shown = args.map((argument) => JSON.stringify(argument));
  if (method === "ctl") {
    const [epoll, op, target, events] = args as [string, number, string, number];
    shown.splice(1, 1, OPS[op] ?? String(op));
    shown.splice(3, 1, showBits(events));
    return `both.ctl(${JSON.stringify(epoll)}, ${shown[1]}, ${JSON.stringify(target)}, ${shown[3]});`;
  }
  while (shown.at(-1) === "false") shown.pop();
  return `both.${method}(${shown.join(", ")});`;
}

/** `EPOLLIN | EPOLLET`. */
function showBits(events: number): string {
  let rest = events >>> 0;
  const names: string[] = [];
  for (const [name, bit] of BITS) {
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0 || names.length === 0) names.push(`0x${rest.toString(16)}`);
  return names.join(" | ");
}

/**
 * A whole case of `regressions/`. `difference`: the last call, with the different answers; without it, the call alone.
 */
export function script(calls: readonly Call[], prompt: boolean, difference?: string): string {
  const lines = [...(prompt ? ["both.prompt = true;"] : []), ...calls.map(showCall)];
  if (difference !== undefined) lines.splice(-1, 1, difference);
  const used = new Set(lines.flatMap((line) => line.match(/\bE?POLL[A-Z_]+/g) ?? []));
  const names = [...used].sort((one, other) => one.localeCompare(other, "en")).join(", ");
  return [
    ...(names === "" ? [] : [`import { ${names} } from "../../../src/constants.ts";`]),
    'import type { Comparison } from "../comparison.ts";',
    "",
    "export default function (both: Comparison): void {",
    ...lines.map((line) => `  ${line}`),
    "}",
  ].join("\n");
}

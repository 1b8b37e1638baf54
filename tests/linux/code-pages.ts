/** Which memory of this process has the code that makes lists of system calls: the pages by their content. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { loopOver } from "../../wasi-host/drivers/posix/call-loop.ts";

const ADDRESS_BYTES = 8;
const PAGE = 4096;

/** The number of pages with the code. */
export function codePages(): number {
  const code = Buffer.from(loopOver(0)!).subarray(0, -ADDRESS_BYTES);
  const memory = openSync("/proc/self/mem", "r");
  try {
    return executable().filter((page) => {
      const bytes = Buffer.alloc(code.length);
      return readSync(memory, bytes, 0, bytes.length, page) === bytes.length && bytes.equals(code);
    }).length;
  } finally {
    closeSync(memory);
  }
}

/** The addresses of all pages that belong to no file, and can be executed and not written. */
function executable(): number[] {
  const pages: number[] = [];
  for (const [, from, to] of readFileSync("/proc/self/maps", "utf8").matchAll(/^(\w+)-(\w+) r-xp \w+ 00:00 0 *$/gm)) {
    for (let page = Number.parseInt(from, 16); page < Number.parseInt(to, 16); page += PAGE) pages.push(page);
  }
  return pages;
}

/** The functions at addresses of a running process: of V8's compiled code too, if it writes its map (`--perf-basic-prof`). */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Where V8 writes the map of a process, and perf(1) looks for it. */
export function perfMapOf(pid: number): string {
  return `/tmp/perf-${pid}.map`;
}

export interface Place {
  /** The function, demangled; empty if unknown. */
  readonly name: string;
  /** The path of the file that is mapped there; empty for compiled code. */
  readonly file: string;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Mapping extends Range {
  readonly offset: number;
  readonly file: string;
}

interface Named extends Range {
  readonly name: string;
}

export class Symbols {
  readonly #mappings: readonly Mapping[];
  readonly #compiled: readonly Named[];
  readonly #files = new Map<string, ElfFile>();

  constructor(pid: number) {
    this.#mappings = mappingsOf(pid);
    this.#compiled = compiledCode(pid);
  }

  at(address: number): Place {
    const { file, start, offset } = last(this.#mappings, address) ?? { file: "", start: 0, offset: 0 };
    if (!file.startsWith("/")) return { name: last(this.#compiled, address)?.name ?? "", file: "" };
    let elf = this.#files.get(file);
    if (elf === undefined) {
      elf = new ElfFile(file);
      this.#files.set(file, elf);
    }
    return { name: elf.at(address - start + offset), file };
  }
}

/** The range with an address, of ranges in order; of several the last one. */
function last<Item extends Range>(ranges: readonly Item[], address: number): Item | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].start <= address) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low - 1];
  return found !== undefined && address < found.end ? found : undefined;
}

/** proc(5), /proc/PID/maps. */
function mappingsOf(pid: number): Mapping[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [range, , offset, , , ...file] = line.split(/\s+/);
    const [start, end] = range.split("-").map((text) => Number.parseInt(text, 16));
    return { start, end, offset: Number.parseInt(offset, 16), file: file.join(" ") };
  });
}

/** V8 appends to the map: the last function at an address is there now. */
function compiledCode(pid: number): Named[] {
  const map = perfMapOf(pid);
  if (!existsSync(map)) return [];
  const found = new Map<number, Named>();
  for (const line of readFileSync(map, "utf8").trim().split("\n")) {
    const [, from, size, name] = /^([0-9a-f]+) ([0-9a-f]+) (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const start = Number.parseInt(from, 16);
    found.set(start, { start, end: start + Number.parseInt(size, 16), name });
  }
  return [...found.values()].sort((one, other) => one.start - other.start);
}

/** An executable or a library: its functions by their offset in the file, which does not depend on where it is mapped. */
class ElfFile {
  readonly #functions: readonly Named[];

  constructor(file: string) {
    const segments = [...output("readelf", "-lW", file).matchAll(/LOAD +0x(\w+) +0x(\w+) +0x\w+ +0x(\w+)/g)].map(
      ([, ...numbers]) => numbers.map((text) => Number.parseInt(text, 16)),
    );
    const symbols = ["", "-D"].flatMap((table) =>
      [
        ...output("nm", "-C", "--defined-only", ...(table === "" ? [] : [table]), file).matchAll(
          /^(\w+) [tTwWiu] (.*)$/gm,
        ),
      ].map(([, address, name]) => ({ address: Number.parseInt(address, 16), name })),
    );
    const functions = symbols.flatMap(({ address, name }) => {
      const segment = segments.find(([, from, size]) => address >= from && address < from + size);
      return segment === undefined ? [] : [{ start: address - segment[1] + segment[0], name }];
    });
    functions.sort((one, other) => one.start - other.start);
    this.#functions = functions.map(({ start, name }, index) => ({
      start,
      end: functions[index + 1]?.start ?? Number.POSITIVE_INFINITY,
      name,
    }));
  }

  at(offset: number): string {
    return last(this.#functions, offset)?.name ?? "";
  }
}

/** Of binutils; nothing where a file has none of what is asked for. */
function output(program: string, ...words: string[]): string {
  return execFileSync(program, words, { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "ignore"] });
}

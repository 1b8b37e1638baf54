/**
 * Reads what one wait costs on Linux from docs/performance.md, where `npm run bench -- apis` writes it:
 *
 *     <!-- bench:apis -->
 *     | API | descriptors | kernel: ns/wait | ...
 *     |---|---:|---:| ...
 *     | select | 16 | 1,933 | ...
 *     |  | 64 | 6,204 | ...
 *     ... AMD EPYC, 2 cores, Linux 6.18, Node v20.20.2, on 2026-01-31; ...
 *     <!-- /bench:apis -->
 */

/** Nanoseconds of one wait in the kernel, by the number of descriptors, of which two are active. */
export interface LinuxCosts {
  /** "AMD EPYC, 2 cores, Linux 6.18". */
  readonly machine: string;
  /** 2026-01-31. */
  readonly date: string;
  /** In ascending order. */
  readonly measures: readonly {
    readonly size: number;
    readonly select: number;
    readonly poll: number;
    readonly epoll: number;
  }[];
}

const BLOCK = /<!-- bench:apis -->(.*?)<!-- \/bench:apis -->/s;
const ROW = /^\| (\w*) *\| ([\d,]+) \| ([\d,]+) \|/gm;
const CONDITIONS = /([\w ]+, \d+ cores, Linux [^,]+), Node [^,]+, on (\d{4}-\d\d-\d\d);/;

/** @throws Error if the document has no such table */
export function parseCosts(markdown: string): LinuxCosts {
  const [, block = ""] = BLOCK.exec(markdown) ?? [];
  const [, machine, date] = CONDITIONS.exec(block) ?? [];
  const costs = new Map<string, Map<number, number>>();
  let api = "";
  for (const [, name, size, time] of block.matchAll(ROW)) {
    if (name !== "") costs.set((api = name), new Map());
    costs.get(api)?.set(numberOf(size), numberOf(time));
  }
  const { select, poll, epoll } = Object.fromEntries(costs);
  if (machine === undefined || epoll === undefined || poll === undefined || select === undefined) {
    throw new Error(
      "the document has no costs of select, poll and epoll, or does not say where and when they were measured",
    );
  }
  const measures = [...epoll].map(([size, time]) => {
    const [ofSelect, ofPoll] = [select.get(size), poll.get(size)];
    if (ofSelect === undefined || ofPoll === undefined)
      throw new Error(`${size} descriptors are not measured with all three`);
    return { size, select: ofSelect, poll: ofPoll, epoll: time };
  });
  return { machine: machine.trim(), date, measures };
}

const numberOf = (text: string): number => Number(text.replaceAll(",", ""));

/** The figures of Linux that the page shows beside its own. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCosts } from "../../site/lab/linux-costs.ts";

const document = readFileSync("docs/performance.md", "utf8");

describe("the costs of Linux", () => {
  it("are those of docs/performance.md, with a machine and a day", () => {
    const { machine, date, measures } = parseCosts(document);
    expect(machine).toMatch(/^\w.*, \d+ cores, Linux \d+\.\d+/);
    expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(measures.map(({ size }) => size)).toEqual([16, 64, 256, 1024, 4096, 16_000]);
    for (const { size, select, poll, epoll } of measures) {
      for (const time of [select, poll, epoll])
        expect(document).toContain(`| ${size.toLocaleString("en")} | ${time.toLocaleString("en")} |`);
    }
  });

  it.each([
    ["without the block", document.replace("<!-- bench:apis -->", "")],
    ["without a day", document.replace(/, on \d{4}-\d\d-\d\d; Unix/, "; Unix")],
    ["without a row", document.replace(/^\| poll \| 16 \|.*\n/m, "")],
  ])("are refused %s", (_, markdown) => {
    expect(() => parseCosts(markdown)).toThrow(/not measured with all three|has no costs/);
  });
});

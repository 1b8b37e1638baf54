/** Preview1, function by function: success and each errno, on our own base; and the behaviour of the other bases. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL_BASES as BASES } from "../../hosts/bases.ts";
import { CASES } from "./all-cases.ts";
import { KNOWN_FAILURES } from "./known-failures.ts";
import { Rig } from "./rig.ts";
import { BEGIN, END, table } from "./table.ts";

const GIVEN = { args: ["program", "argument"], env: { LANG: "C" }, listen: ["127.0.0.1:0"] };

describe.each(Object.entries(BASES))("%s", (base, open) => {
  for (const [call, cases] of Object.entries(CASES)) {
    describe(call, () => {
      for (const [name, run] of Object.entries(cases)) {
        const known = KNOWN_FAILURES[base]?.[call]?.[name];
        // it.fails: a known failure that passes is a failure.
        const test = known === undefined ? it : it.fails;
        test(known === undefined ? name : `${name} (known: ${known})`, async () => {
          using rig = await Rig.open((directory) => open({ "/data": directory }, GIVEN));
          await run(rig);
        });
      }
    });
  }
});

it("docs/host.md has the table of results; POLLUX_UPDATE_TABLE=1 writes it", () => {
  const text = readFileSync("docs/host.md", "utf8");
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  const expected = `\n${table(Object.keys(BASES))}\n`;
  const { POLLUX_UPDATE_TABLE } = process.env;
  if (POLLUX_UPDATE_TABLE === "1") writeFileSync("docs/host.md", text.slice(0, from) + expected + text.slice(to));
  else expect(text.slice(from, to)).toBe(expected);
});

it("each known failure names an existing case, and our own base has none", () => {
  for (const [base, calls] of Object.entries(KNOWN_FAILURES)) {
    expect(BASES).toHaveProperty([base]);
    expect(base).not.toBe("minimal");
    for (const [call, cases] of Object.entries(calls)) {
      for (const name of Object.keys(cases)) expect(CASES[call], `${base}: ${call}`).toHaveProperty([name]);
    }
  }
});

import { describe, expect, it } from "vitest";
import { brief, type Table, toMarkdown, toText } from "../../../../src/cli/table.ts";

const table: Table = {
  columns: [{ title: "server" }, { title: "requests", right: true }, { title: "spread", right: true, detail: true }],
  groups: [
    [
      ["echo-poll", "9", "1 %"],
      ["echo-epoll", "12,345", "10 %"],
    ],
    [["client", "1", "0 %"]],
  ],
};

describe("a table as text", () => {
  it("has columns as wide as their widest cell, numbers to the right, and a rule before each group", () => {
    expect(toText(table).split("\n")).toEqual([
      "server      requests  spread",
      "────────────────────────────",
      "echo-poll          9     1 %",
      "echo-epoll    12,345    10 %",
      "────────────────────────────",
      "client             1     0 %",
    ]);
  });

  it("has no trailing blanks", () => {
    const left: Table = { columns: [{ title: "a" }, { title: "b" }], groups: [[["x", ""]]] };
    expect(toText(left).split("\n").at(-1)).toBe("x");
  });

  it("has only its titles if there are no rows", () => {
    expect(toText({ columns: [{ title: "a" }, { title: "bc" }], groups: [] })).toBe("a  bc");
  });
});

it("a Markdown table has all rows in one block and aligns numbers to the right", () => {
  expect(toMarkdown(table).split("\n")).toEqual([
    "| server | requests | spread |",
    "|---|---:|---:|",
    "| echo-poll | 9 | 1 % |",
    "| echo-epoll | 12,345 | 10 % |",
    "| client | 1 | 0 % |",
  ]);
});

it("a brief table drops the detail columns and leaves the table unchanged", () => {
  expect(toMarkdown(brief(table)).split("\n")[0]).toBe("| server | requests |");
  expect(brief(table).groups[1]).toEqual([["client", "1"]]);
  expect(table.columns).toHaveLength(3);
});

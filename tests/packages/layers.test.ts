/** The check of the layers (.dependency-cruiser.cjs) fails on what it is there for. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const TREES = ["assembly", "wasi-host", "src", "bench", "tests/linux"];

/** Files added to a copy of the tree, each with one forbidden import. */
const PLANTED: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  "no-upward-import-from-wasi-host-kernel": ["wasi-host/kernel/planted.ts", "../bindings/preview1/index.ts"],
  "no-upward-import-from-wasi-host-running": ["wasi-host/running/planted.ts", "../index.ts"],
  "no-upward-import-from-wasi-host/drivers-contract": [
    "wasi-host/drivers/contract/planted.ts",
    "../posix/open-descriptors.ts",
  ],
  "no-upward-import-from-wasi-host/bindings-preview1": [
    "wasi-host/bindings/preview1/planted.ts",
    "../wasmedge/index.ts",
  ],
  "no-upward-import-from-assembly-memory": ["assembly/memory/planted.ts", "../readiness/epoll.ts"],
  "the-host-has-faces": ["src/planted.ts", "../wasi-host/kernel/grants.ts"],
  "the-library-runs-without-node": ["src/selectors/planted.ts", "../../wasi-host/internal-node.ts"],
  "the-library-knows-no-command": ["src/selectors/planted-command.ts", "../cli/table.ts"],
  "the-library-knows-no-loop": ["src/selectors/planted-loop.ts", "../loop/timer-wheel.ts"],
  "the-host-knows-no-library": ["wasi-host/abi/planted.ts", "../../src/constants.ts"],
  "the-host-knows-no-guest-code": ["wasi-host/abi/planted-guest.ts", "../../assembly/readiness/epoll.ts"],
  "nothing-imports-tests": ["bench/planted.ts", "../tests/linux/epoll.ts"],
};

/** Two folders, none above the other, that import each other by files which do not. */
const CIRCLE: readonly (readonly [file: string, imported: string])[] = [
  ["wasi-host/drivers/net/planted.ts", "../posix/pollable.ts"],
  ["wasi-host/drivers/posix/planted.ts", "../net/pollable.ts"],
];

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

describe("the check of the layers", () => {
  const root = mkdtempSync(path.join(tmpdir(), "pollux-layers-"));
  let violations: readonly Violation[] = [];

  beforeAll(() => {
    for (const name of [...TREES, "package.json", "tsconfig.json", ".dependency-cruiser.cjs"]) {
      cpSync(name, path.join(root, name), { recursive: true });
    }
    symlinkSync(path.resolve("node_modules"), path.join(root, "node_modules"));
    const plant = (file: string, imported: string) =>
      writeFileSync(path.join(root, file), `import * as planted from "${imported}";\nexport const here = planted;\n`);
    for (const [file, imported] of Object.values(PLANTED)) plant(file, imported);
    for (const [file, imported] of CIRCLE) {
      plant(file, imported);
      writeFileSync(path.join(root, path.dirname(file), imported), "export {};\n");
    }
    violations = check(root);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.each(Object.entries(PLANTED))("fails on %s", (rule, [file, imported]) => {
    expect(violationsOf(rule)).toContainEqual([file, path.join(path.dirname(file), imported)]);
  });

  it("fails on folders that import each other by different files", () => {
    expect(violationsOf("no-circles-between-folders")).toContainEqual([
      "wasi-host/drivers/net",
      "wasi-host/drivers/posix",
    ]);
  });

  it("finds nothing else", () => {
    // An upward import makes a circle with the folders below.
    const planted = ({ rule: { name }, from }: Violation) =>
      name === "no-circles-between-folders" || from.includes("planted");
    expect(violations.filter((violation) => !planted(violation))).toEqual([]);
  });

  function violationsOf(rule: string): [from: string, to: string][] {
    return violations.filter(({ rule: { name } }) => name === rule).map(({ from, to }) => [from, to]);
  }
});

function check(root: string): readonly Violation[] {
  const bin = path.resolve("node_modules/.bin/depcruise");
  const output = execFileSync(bin, ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...TREES], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations;
}

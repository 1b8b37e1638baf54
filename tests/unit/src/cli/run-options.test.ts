/** The quick reading of `pollux run`'s arguments, beside commander's. */
import { Command, CommanderError, Option } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Invocation, keyOf, NO_VALUE, nameOf, parseRun, RUN_OPTIONS } from "../../../../src/cli/run-options.ts";

const BARE = ["--trace", "--explain"];
const MARK = `=${NO_VALUE}`;

/** As the command line declares them. A bare option takes no value there either: it is replaced before. */
function byCommander(argv: readonly string[]): Invocation | undefined {
  let read: Invocation | undefined;
  const command = new Command("run")
    .argument("<program>")
    .argument("[args...]")
    .passThroughOptions()
    .helpOption("-h, --help")
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeOut: () => {} })
    .action((module, args, options) => {
      read = { module, args, options };
    });
  for (const { flags, choices, repeatable } of RUN_OPTIONS) {
    const option = new Option(flags);
    if (choices !== undefined) option.choices(choices);
    if (repeatable) option.argParser((value: string, before: string[] = []) => [...before, value]);
    command.addOption(option);
  }
  try {
    command.parse(
      argv.map((text) => (BARE.includes(text) ? `${text}${MARK}` : text)),
      { from: "user" },
    );
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
  return read;
}

describe("parseRun", () => {
  it.each([
    [["a.wasm"], { module: "a.wasm", args: [], options: {} }],
    [["--quiet", "a.wasm", "--quiet", "-h"], { module: "a.wasm", args: ["--quiet", "-h"], options: { quiet: true } }],
    [["--max-pages=7", "a", "--"], { module: "a", args: ["--"], options: { maxPages: "7" } }],
    [["--trace", "a"], { module: "a", args: [], options: { trace: NO_VALUE } }],
    [["--trace=sock", "a"], { module: "a", args: [], options: { trace: "sock" } }],
    [["--env", "-x", "--env=A=1", "a"], { module: "a", args: [], options: { env: ["-x", "A=1"] } }],
    [["-", "a"], { module: "-", args: ["a"], options: {} }],
  ])("reads %j", (argv, expected) => {
    expect(parseRun(argv)).toEqual(expected);
  });

  it.each([
    ["no module", ["--quiet"]],
    ["no value", ["--listen"]],
    ["an unknown option", ["--lisen", "x", "a"]],
    ["a value that is no choice", ["--base", "none", "a"]],
    ["a value of an option without", ["--quiet=yes", "a"]],
    ["a request for help", ["--help", "a"]],
    ["options of one letter", ["-q", "a"]],
    ["the end of options", ["--", "a"]],
  ])("leaves %s to commander", (_, argv) => {
    expect(parseRun(argv)).toBeUndefined();
  });

  it("reads every line as commander does, or not at all", () => {
    const names = RUN_OPTIONS.map(({ flags }) => nameOf(flags));
    const values = ["x", "A=1", "", "-", "posix", "minimal", "worker", "--quiet", "--", "-1", "a.wasm"];
    const name = fc.constantFrom(...names, "--help", "-h", "-q", "--lisen");
    const value = fc.constantFrom(...values);
    const word = fc.oneof(
      name,
      value,
      fc.tuple(name, value).map(([option, text]) => `${option}=${text}`),
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        // Commander gets another text for a --trace that is a value.
        const read = parseRun(argv);
        fc.pre(!BARE.some((name) => JSON.stringify(read?.options ?? {}).includes(name)));
        if (read === undefined) return;
        plain++;
        const expected = byCommander(argv);
        const args = expected?.args.map((text) => (text.endsWith(MARK) ? text.slice(0, -MARK.length) : text));
        expect({ ...read, args: [...read.args] }).toEqual({ ...expected, args, options: { ...expected?.options } });
      }),
      { numRuns: 3_000 },
    );
    expect(plain).toBeGreaterThan(500);
  });

  it("has a property for every option", () => {
    expect(["--listen", "--listen-fd", "--max-pages"].map(keyOf)).toEqual(["listen", "listenFd", "maxPages"]);
  });
});

/**
 * Every error case of Python's selectors and select: CPython's exception (peers/errors.py), TypeScript's error and
 * AssemblyScript's result must be of one kind. `DIFFERENCES` lists the deliberate exceptions.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Errno } from "../../wasi-host/abi/errno.ts";
import { SystemError } from "../../wasi-host/errors/system-error.ts";
import { HAS_PYTHON } from "../programs/peers/python.ts";
import { SELECT_CASES, SELECTOR_CASES } from "./error-cases.ts";
import { compile, Guest } from "./selectors-guest.ts";
import { Bench, CLASSES } from "./selectors-subject.ts";

/**
 * - `value`: an invalid value (ValueError, TypeError; RangeError, TypeError, EINVAL).
 * - `key`: it is already registered, or not registered (KeyError; EEXIST, ENOENT).
 * - `none`, or the system's refusal by its name. A closed selector is EBADF, for RuntimeError.
 */
type Kind = string;

const PYTHON: Readonly<Record<string, Kind>> = {
  ValueError: "value",
  TypeError: "value",
  OverflowError: "value",
  KeyError: "key",
  ENOENT: "key",
  RuntimeError: "EBADF",
};
const OURS: Readonly<Record<string, Kind>> = { EINVAL: "value", EEXIST: "key", ENOENT: "key" };

const CHECKED = "events are checked by modify of every class; in Python by SelectSelector's alone";
const NOTHING = "what has nothing to wait for stays registered, and is silent";
const CLOSED = "every use of a selector that was closed is EBADF; in Python it depends on the class";
const ONE_ERROR = "select and poll take what epoll takes, and refuse the rest as the system does";

/** Differences from Python's kind with their reasons: by case, and for one class if not for all. */
const DIFFERENCES: Readonly<Record<string, { kind: Kind; why: string; only?: string[] }>> = {
  "register: fileno() gives no number": { kind: "value", why: "a text is no descriptor, whatever int() makes of it" },
  "register: no events": { kind: "none", why: NOTHING },
  "modify: no events": { kind: "none", why: NOTHING },
  "modify: unknown events": { kind: "value", why: CHECKED, only: ["PollSelector", "EpollSelector"] },
  "modify: fails, and again": { kind: "key", why: CHECKED, only: ["PollSelector", "EpollSelector"] },
  "modify: fails, and register": { kind: "none", why: CHECKED, only: ["PollSelector", "EpollSelector"] },
  "register: after close": { kind: "EBADF", why: CLOSED },
  "unregister: after close": { kind: "EBADF", why: CLOSED },
  "modify: after close": { kind: "EBADF", why: CLOSED },
  "select: after close": { kind: "EBADF", why: CLOSED },
  "select: timeout Infinity": { kind: "none", why: "it waits for ever, which is what it says" },
  "select: a negative number": { kind: "EBADF", why: ONE_ERROR, only: ["select"] },
  "select: no file object": { kind: "EBADF", why: ONE_ERROR, only: ["select"] },
  "poll: register a negative number": { kind: "EBADF", why: ONE_ERROR },
  "poll: register no file object": { kind: "EBADF", why: ONE_ERROR },
  "select: timeout -1": { kind: "none", why: "as poll's and epoll's: it waits for ever", only: ["select"] },
};

function pythonKinds(): Record<string, Record<string, Kind>> {
  const script = fileURLToPath(new URL("peers/errors.py", import.meta.url));
  const printed: Record<string, Record<string, string>> = JSON.parse(
    execFileSync("python3", ["-W", "ignore", script], { encoding: "utf8" }),
  );
  for (const kinds of Object.values(printed)) {
    for (const [name, raised] of Object.entries(kinds)) kinds[name] = PYTHON[raised] ?? raised;
  }
  return printed;
}

function kindOf(call: () => unknown): Kind {
  try {
    call();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return "value";
    if (error instanceof SystemError) return OURS[error.code] ?? error.code;
    throw error;
  }
  return "none";
}

/** The result of a guest. */
function kindOfResult(result: number): Kind {
  if (result >= 0) return "none";
  const [name] = Object.entries(Errno).find(([, number]) => number === -result)!;
  return OURS[`E${name}`] ?? `E${name}`;
}

const python = HAS_PYTHON ? pythonKinds() : {};
const errors = await compile("error-suite.ts", "minimal");

/** Checks the outcome of a case. Throws if a listed difference does not exist. */
function expected(subject: string, name: string): Kind {
  const raised = python[subject][name];
  const difference = DIFFERENCES[name];
  if (difference === undefined || difference.only?.includes(subject) === false) return raised;
  return difference.kind;
}

const byName = (names: string[], kind: (name: string, index: number) => Kind) =>
  Object.fromEntries(names.map((name, index) => [name, kind(name, index)]));

describe.each(CLASSES)("$name", ({ name: subject, Selector }) => {
  it.skipIf(!HAS_PYTHON)("throws what Python raises, case by case", async () => {
    const ours: Record<string, Kind> = {};
    for (const [name, run] of Object.entries(SELECTOR_CASES)) {
      using bench = await Bench.open();
      using selector = new Selector(bench.core);
      ours[name] = kindOf(() => run(selector, bench.pair()[0], bench.core));
    }
    expect(Object.keys(ours)).toEqual(Object.keys(python[subject]));
    expect(ours).toEqual(byName(Object.keys(ours), (name) => expected(subject, name)));
  });

  it.skipIf(!HAS_PYTHON).each([true, false])(
    "in AssemblyScript, with the ready file: %s, returns what Python raises, case by case",
    async (edgeSource) => {
      using first = await Guest.open(errors, edgeSource);
      const ours: Record<string, Kind> = {};
      for (const [index, name] of first.names.entries()) {
        using guest = await Guest.open(errors, edgeSource);
        ours[name] = kindOfResult(
          Number(
            guest.run(
              CLASSES.findIndex((each) => each.name === subject),
              index,
            ),
          ),
        );
      }
      expect(Object.keys(SELECTOR_CASES)).toEqual(expect.arrayContaining(first.names));
      expect(ours).toEqual(byName(first.names, (name) => expected(subject, name)));
    },
  );
});

describe("select and poll", () => {
  it.skipIf(!HAS_PYTHON)("throw what Python raises, case by case", async () => {
    const ours: Record<string, Kind> = {};
    for (const [name, run] of Object.entries(SELECT_CASES)) {
      using bench = await Bench.open();
      ours[name] = kindOf(() => run(bench.pair()[0], bench.core));
    }
    expect(Object.keys(ours)).toEqual(Object.keys(python.select));
    expect(ours).toEqual(byName(Object.keys(ours), (name) => expected("select", name)));
  });
});

it.skipIf(!HAS_PYTHON)("exactly the listed differences exist", () => {
  for (const [name, { kind, only }] of Object.entries(DIFFERENCES)) {
    const subjects = only ?? Object.keys(python).filter((subject) => name in python[subject]);
    const different = subjects.filter((subject) => python[subject][name] !== kind);
    expect(different.length, name).toBeGreaterThan(0);
    if (only !== undefined) expect(different, name).toEqual(only);
  }
});

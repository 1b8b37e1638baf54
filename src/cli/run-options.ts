/**
 * The options of `pollux run`, and a fast parser for them.
 *
 * Loading commander takes 7 ms. `parseRun` reads a command line without mistakes as commander does. It leaves the others to
 * commander, which has the messages.
 */
import { BASES } from "../../wasi-host/internal-start.ts";
import type { RunOptions } from "./plan.ts";

export interface RunOption {
  /** As commander has them: `--name`, then `<value>`, or `[value]` for one that may be left out. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly repeatable?: boolean;
}

export const RUN_OPTIONS: readonly RunOption[] = [
  {
    flags: "--listen <address>",
    description: "listen on HOST:PORT or unix:PATH; listeners are descriptors from 3 on (repeatable)",
    repeatable: true,
  },
  {
    flags: "--listen-fd <n>",
    description: "use inherited listening socket N, all from systemd (`systemd`), or one by its name (repeatable)",
    repeatable: true,
  },
  {
    flags: "--connect <address>",
    description:
      "allow connections to: example.org:443, 10.0.0.0/8:80-90, [::1]:*, unix:/run/x.sock, unix:/run/x/* (repeatable)",
    repeatable: true,
  },
  {
    flags: "--bind <address>",
    description: "allow listening on addresses, in the same form without names (repeatable)",
    repeatable: true,
  },
  { flags: "--inherit-network", description: "allow all addresses and names" },
  {
    flags: "--dir <host[::guest][:ro]>",
    description: "grant a directory, under its name in the program; :ro is read-only (repeatable)",
    repeatable: true,
  },
  {
    flags: "--env <name[=value]>",
    description: "set an environment variable, or pass on an existing one (repeatable)",
    repeatable: true,
  },
  { flags: "--base <name>", description: "file-system implementation; see docs/host.md", choices: BASES },
  {
    flags: "--driver <name>",
    description: "socket implementation: posix (Linux; the default there) or net (node:net)",
  },
  {
    flags: "--trace [calls]",
    description: "print each host call as strace does; --trace=sock,fd_write selects families and calls",
  },
  { flags: "--trace-file <file>", description: "write the trace to a file instead of stderr" },
  {
    flags: "--explain [format]",
    description: "tell what the program waits for and why it wakes up; --explain=json for programs",
  },
  { flags: "--explain-file <file>", description: "write the story to a file instead of stderr" },
  { flags: "--stats", description: "print call counts and times on exit" },
  { flags: "--timeout <seconds>", description: "kill the program after this many seconds; exit status 124" },
  { flags: "--max-descriptors <n>", description: "maximum number of open descriptors, stdio included" },
  { flags: "--max-handles <n>", description: "maximum number of open handles of a component" },
  {
    flags: "--max-buffered <bytes>",
    description: "maximum size of the net driver's buffers; a socket needs 139,584",
  },
  { flags: "--max-pages <n>", description: "maximum size of the program's memory, in pages of 64 KiB" },
  {
    flags: "--max-stack <size>",
    description: "maximum size of the program's stack, 64K to 1G (default 8M)",
  },
  { flags: "--verbose", description: "print each refused call and the option that would grant it" },
  {
    flags: "--sleep <way>",
    description: "how the program sleeps; see docs/host.md",
    choices: ["blocking", "suspending", "stepping", "worker"],
  },
  {
    flags: "--quiet",
    description: "do not print the listening addresses, nor what was refused to a program that fails",
  },
];

/** The value of an option whose value is left out. Arguments of a process cannot contain NUL. */
export const NO_VALUE = "\0";

/** A command line of `pollux run`. */
export interface Invocation {
  readonly module: string;
  /** Of the program. */
  readonly args: readonly string[];
  readonly options: RunOptions;
}

/** `--max-pages` of `--max-pages <n>`. */
export function nameOf(flags: string): string {
  return flags.split(" ", 1)[0];
}

/** The property of `RunOptions`: `maxPages` for `--max-pages`. */
export function keyOf(name: string): string {
  return name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Reads the arguments behind `run`.
 *
 * @returns undefined for all that is not plainly options of the table, each with its value, and then a module
 */
export function parseRun(argv: readonly string[]): Invocation | undefined {
  const options: Record<string, string | true | string[]> = {};
  for (let at = 0; at < argv.length; at++) {
    const text = argv[at];
    if (text.length < 2 || text[0] !== "-") return { module: text, args: argv.slice(at + 1), options };
    const split = text.indexOf("=");
    const name = split < 0 ? text : text.slice(0, split);
    const option = RUN_OPTIONS.find(({ flags }) => nameOf(flags) === name);
    if (option === undefined) return undefined;
    const { flags, choices, repeatable } = option;
    const key = keyOf(name);
    let value: string | undefined = split < 0 ? undefined : text.slice(split + 1);
    if (flags.endsWith("]")) {
      options[key] = value ?? NO_VALUE;
    } else if (flags.endsWith(">")) {
      value ??= argv[++at];
      if (value === undefined || choices?.includes(value) === false) return undefined;
      const before = options[key];
      options[key] = repeatable ? [...(Array.isArray(before) ? before : []), value] : value;
    } else if (value === undefined) {
      options[key] = true;
    } else {
      return undefined;
    }
  }
  return undefined;
}

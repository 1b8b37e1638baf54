/** Named cases inside a guest: the host asks for their names, and runs each as a test. */
import { Descriptor, FileObject } from "../../../assembly/index";
import { attempt, pair } from "./bench";

const names: string[] = [];
const bodies: (() => void)[] = [];
/** The first failure; empty if there is none. */
let failure: string = "";

export function it(name: string, body: () => void): void {
  names.push(name);
  bodies.push(body);
}

export function equal(actual: i32, expected: i32, what: string): void {
  if (actual != expected) fail(`${what}: ${actual.toString()}, expected ${expected.toString()}`);
}

export function isTrue(condition: bool, what: string): void {
  if (!condition) fail(`not so: ${what}`);
}

function fail(what: string): void {
  if (failure.length == 0) failure = what;
}

export function caseCount(): i32 {
  return names.length;
}

export function caseName(index: i32): string {
  return names[index];
}

/** Runs a case and returns its failure; an empty text if there is none. */
export function runCase(index: i32): string {
  failure = "";
  bodies[index]();
  return failure;
}

let attempting: (() => void) | null = null;

/** Called by the host, for `attempt`. */
export function attempted(): void {
  (attempting as () => void)();
}

/** Whether it trapped. The host catches the trap, and the case goes on. */
export function traps(body: () => void): bool {
  attempting = body;
  return attempt();
}

/** Two connected streams. */
export class Pair {
  readonly one: Stream;
  readonly other: Stream;

  constructor() {
    const fds = pair();
    this.one = new Stream(<i32>fds);
    this.other = new Stream(<i32>(fds >> 32));
  }
}

/** The program's own file object. It knows when it was closed, and then has no descriptor. */
export class Stream implements FileObject {
  closed: bool = false;

  constructor(public fd: i32) {}

  fileno(): i32 {
    return this.closed ? -1 : this.fd;
  }
}

/** Another object with the same descriptor. */
export function sameDescriptor(stream: Stream): FileObject {
  return new Descriptor(stream.fd);
}

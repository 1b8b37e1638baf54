/**
 * Plays a sequence of calls, and checks after each one:
 *
 * - it returns an errno; the only exception is proc_exit's
 * - it writes only to the places of its arguments, and nowhere if it was refused
 * - after a refusal the descriptors and the names in the directory are unchanged
 * - each open handle of the driver belongs to a descriptor
 */

import { ERRNO_NAMES, Errno, errnoName, LookupErrno } from "../../../wasi-host/abi/errno.ts";
import { AbiError } from "../../../wasi-host/errors/abi-error.ts";
import type { Descriptor } from "../../../wasi-host/kernel/descriptors.ts";
import { ProcessExit } from "../../../wasi-host/kernel/process-exit.ts";
import { FreshSocket } from "../../../wasi-host/kernel/sockets.ts";
import { Asleep } from "./bounded-driver.ts";
import { HostileGuest } from "./hostile-guest.ts";
import { answersOf, misjudged } from "./judging.ts";
import { meddling } from "./meddler.ts";
import { changeOutside, outputsOf } from "./outputs.ts";
import { script } from "./script.ts";
import type { Argument, Call, Poke, Sequence, Word } from "./steps.ts";

const READY_FILE = "ready";
/** The outcome of a call that would never have returned. */
export const ASLEEP = "asleep";

/** The number of calls by outcome: an errno's name, or another end. */
export interface Figures {
  calls: number;
  readonly signatures: Set<string>;
  readonly outcomes: Map<string, number>;
  /** The same for operations of the ready file, with their names: "recv ESUCCESS". */
  readonly asked: Map<string, number>;
}

/** Rejects with an Error whose message is the script of calls, and the violated property. */
export async function play(sequence: Sequence, figures: Figures, say?: (line: string) => void): Promise<void> {
  using guest = await HostileGuest.open(sequence.driver, sequence.shared);
  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(line);
    say?.(line);
  };
  note(script.head(sequence));
  try {
    for (const step of sequence.steps) {
      if ("grow" in step) {
        guest.grow(step.grow);
        note(script.grow(step.grow));
        continue;
      }
      const args = step.args.map((arg) => resolved(arg, guest));
      for (const poke of step.pokes) for (const line of pokeInto(guest, poke)) note(line);
      note(script.call(step.call, args));
      const outcome = make(step, args, guest, sequence, figures.asked);
      lines[lines.length - 1] += script.outcome(outcome);
      figures.calls++;
      figures.signatures.add(`${step.call}/${args.length}`);
      count(figures.outcomes, outcome);
    }
  } catch (error) {
    throw new Error(script.failure(lines, error as Error), { cause: error });
  }
}

function count(outcomes: Map<string, number>, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

function isReadyFile(fd: number | bigint, { host }: HostileGuest): boolean {
  return host.descriptors.get(Number(fd) >>> 0)?.kind === READY_FILE;
}

/** One call. Returns the result; throws if a property does not hold. */
function make(
  { call }: Call,
  args: readonly (number | bigint)[],
  guest: HostileGuest,
  sequence: Sequence,
  asked: Map<string, number>,
): string {
  const { memory, calls } = guest;
  const meddled = sequence.shared && sequence.meddler !== 0;
  const before = copyOf(memory);
  const outputs = outputsOf(call, args, new DataView(memory.buffer), isReadyFile(args[0], guest));
  const table = snapshot(guest);
  const names = call.startsWith("path_") ? guest.names() : "";
  const submits = call === "fd_write" && isReadyFile(args[0], guest);
  let errno: number;
  let outcome: string;
  try {
    const run = () => calls[call](...args);
    const answer = meddled ? meddling(memory, sequence.meddler, () => guest.grow(1), run) : run();
    errno = checked(call, answer);
    outcome = errnoName(errno);
  } catch (error) {
    if (error instanceof ProcessExit && call === "proc_exit" && error.code === Number(args[0]) >>> 0) return "exit";
    // The call ends the guest: its random number is another major version.
    if (error instanceof AbiError && submits) return "abi";
    if (!(error instanceof Asleep)) throw error;
    errno = -1;
    outcome = ASLEEP;
  }
  if (!meddled) {
    // With WAITALL, the bytes so far are in the buffers while the call waits for the rest.
    const begun = outcome === ASLEEP && call.startsWith("sock_recv");
    const changed = changeOutside(before, Buffer.from(memory.buffer), errno === 0 || begun ? outputs : []);
    must(changed < 0, `${outcome}, and memory was changed at ${changed}`);
    if (errno === 0 && submits) {
      const isStream = (fd: number) => guest.host.descriptors.get(fd)?.kind === "stream";
      const wrong = misjudged(args, viewOf(before), new DataView(memory.buffer), isStream);
      must(wrong === undefined, `${wrong}`);
      if (Number(args[2]) === 1) {
        for (const answer of answersOf(args, viewOf(before), new DataView(memory.buffer))) count(asked, answer);
      }
    }
  }
  if (errno !== 0 && !becomesStream(call, errno))
    must(snapshot(guest) === table, `${outcome}, and the descriptors changed: ${table}, now ${snapshot(guest)}`);
  if (errno !== 0 && names !== "") must(guest.names() === names, `${outcome}, and the names in the directory changed`);
  checkHandles(guest);
  return outcome;
}

function checked(call: string, answer: unknown): number {
  const own = call === "sock_getaddrinfo" ? Object.values(LookupErrno) : [];
  must(
    typeof answer === "number" &&
      Number.isInteger(answer) &&
      ((answer >= 0 && answer < ERRNO_NAMES.length) || own.some((errno) => errno === answer)),
    `it answered ${String(answer)}`,
  );
  return answer as number;
}

/** A connecting socket is a different object. */
function becomesStream(call: string, errno: number): boolean {
  return call.startsWith("sock_connect") && errno === Errno.INPROGRESS;
}

const identities = new WeakMap<Descriptor, number>();
let known = 0;

/** The open descriptors, with kind and flags. */
function snapshot({ host }: HostileGuest): string {
  const entries: string[] = [];
  for (const [fd, descriptor] of host.descriptors.open()) {
    if (!identities.has(descriptor)) identities.set(descriptor, ++known);
    entries.push(`${fd}:${descriptor.kind}#${identities.get(descriptor)}/${descriptor.fdflags}`);
  }
  return entries.join(" ");
}

/** The driver's open handles are those of the descriptors. */
function checkHandles({ host, bounded }: HostileGuest): void {
  const owned = new Set<number>();
  let readyFiles = 0;
  for (const [, descriptor] of host.descriptors.open()) {
    if (descriptor.handle >= 0) owned.add(descriptor.handle);
    if (descriptor instanceof FreshSocket) {
      if (descriptor.bound >= 0) owned.add(descriptor.bound);
      if (descriptor.connecting !== undefined) owned.add(descriptor.connecting.handle);
    }
    if (descriptor.kind === READY_FILE) readyFiles++;
  }
  for (const handle of bounded.handles) must(owned.has(handle), `the driver's handle ${handle} is nobody's`);
  for (const handle of owned)
    must(bounded.handles.has(handle), `the handle ${handle} is closed, and a descriptor has it`);
  must(bounded.queues.size === readyFiles, `${bounded.queues.size} queues of wakeups for ${readyFiles} ready files`);
}

/** Holds the copy of a memory until the next one: new copies for each call would be a third of the work. */
let copied = Buffer.alloc(0);

function copyOf({ buffer }: WebAssembly.Memory): Buffer {
  if (copied.length < buffer.byteLength) copied = Buffer.alloc(buffer.byteLength);
  const copy = copied.subarray(0, buffer.byteLength);
  copy.set(new Uint8Array(buffer));
  return copy;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function resolved(arg: Argument, guest: HostileGuest): number | bigint {
  if (arg === "port") return guest.port;
  return typeof arg === "bigint" ? arg : word(arg, guest);
}

function word(word: Word, { memory }: HostileGuest): number {
  return typeof word === "number" ? word : (memory.buffer.byteLength - word.end) | 0;
}

/** Writes the part that memory holds. Returns its name in a script. */
function pokeInto(guest: HostileGuest, { at, words, bytes }: Poke): string[] {
  const start = word(at, guest) >>> 0;
  const content = bytes ?? new Uint8Array(Int32Array.from(words!, (one) => word(one, guest)).buffer);
  const view = new Uint8Array(guest.memory.buffer);
  if (start >= view.length) return [];
  const part = [...content.slice(0, view.length - start)];
  view.set(part, start);
  return [script.poke(start, part)];
}

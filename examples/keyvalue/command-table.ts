/** Commands by name, and the checks before one runs. */
import { Bytes, latin1, lowerCase } from "./bytes";
import { dataset } from "./memory";
import * as reply from "./reply";
import { Session } from "./session";
import * as words from "./words";
import { word } from "./words";

export type Action = (session: Session) => void;

/** The command may make the dataset larger. */
export const GROWS: u32 = 1;
/** A subscriber may use it. */
export const FOR_SUBSCRIBERS: u32 = 2;
/** Its first argument is a part of its name: `config|get`. */
export const IS_CONTAINER: u32 = 4;

/** Bytes of arguments that an error about an unknown command shows. */
const SHOWN: i32 = 128;
/** Longer than any name. */
const LONGEST_NAME: i32 = 32;
const SLOTS: i32 = 256;
const BAR: u8 = 0x7c;

export class Command {
  readonly name: string;
  /** Number of words; if negative, at least so many. */
  readonly arity: i32;
  readonly flags: u32;
  readonly action: Action;

  constructor(name: string, arity: i32, flags: u32, action: Action) {
    this.name = name;
    this.arity = arity;
    this.flags = flags;
    this.action = action;
  }
}

export const commands: Command[] = [];
/** An open hash table of indexes into `commands`, plus one. */
const slots = memory.data(SLOTS);
const name = memory.data(LONGEST_NAME);
let nameLength: i32 = 0;
/** Commands that were run. */
export let calls: u64 = 0;

/** @param title - in small letters */
export function define(title: string, arity: i32, flags: u32, action: Action): void {
  commands.push(new Command(title, arity, flags, action));
  nameLength = <i32>String.UTF8.encodeUnsafe(changetype<usize>(title), title.length, name);
  let slot = slotOfName();
  while (load<u8>(slots + slot) != 0) slot = (slot + 1) & (SLOTS - 1);
  store<u8>(slots + slot, <u8>commands.length);
}

/** Runs the command of the words, and writes its reply. */
export function run(session: Session): void {
  calls++;
  reply.begin();
  const command = findChecked(session);
  if (command != null) {
    const action = command.action;
    action(session);
  }
  reply.finish();
}

/** The command of the words; null, and an error is written, if it cannot run. */
function findChecked(session: Session): Command | null {
  nameLength = 0;
  addToName(word(0));
  let command = find();
  if (command == null) {
    unknown();
    return null;
  }
  if ((command.flags & IS_CONTAINER) != 0 && words.count > 1) {
    const container = command;
    store<u8>(name + nameLength++, BAR);
    addToName(word(1));
    command = find();
    if (command == null) {
      const shown = latin1(word(1)).substring(0, SHOWN);
      reply.error(`ERR unknown subcommand '${shown}'. Try ${container.name.toUpperCase()} HELP.`);
      return null;
    }
  }
  if (command.arity > 0 ? words.count != command.arity : words.count < -command.arity) {
    wrongNumber(command.name);
    return null;
  }
  if ((command.flags & GROWS) != 0 && dataset.isFull) {
    reply.error("OOM command not allowed when used memory > 'maxmemory'.");
    return null;
  }
  if ((command.flags & FOR_SUBSCRIBERS) == 0 && session.isSubscriber) {
    reply.error(
      `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
    return null;
  }
  return command;
}

export function wrongNumber(title: string): void {
  reply.error(`ERR wrong number of arguments for '${title}' command`);
}

function unknown(): void {
  let args = "";
  for (let index = 1; index < words.count && args.length < SHOWN; index++) {
    args += `'${latin1(word(index)).substring(0, SHOWN - args.length)}' `;
  }
  reply.error(`ERR unknown command '${latin1(word(0)).substring(0, SHOWN)}', with args beginning with: ${args}`);
}

function addToName(bytes: Bytes): void {
  for (let index = 0; index < bytes.length && nameLength < LONGEST_NAME; index++) {
    store<u8>(name + nameLength++, <u8>lowerCase(load<u8>(bytes.start + index)));
  }
}

/** The command `name`. */
function find(): Command | null {
  let slot = slotOfName();
  let index: i32 = load<u8>(slots + slot);
  while (index > 0 && !isNamed(unchecked(commands[index - 1]))) {
    slot = (slot + 1) & (SLOTS - 1);
    index = load<u8>(slots + slot);
  }
  return index == 0 ? null : unchecked(commands[index - 1]);
}

function isNamed(command: Command): bool {
  const title = command.name;
  if (title.length != nameLength) return false;
  for (let index = 0; index < nameLength; index++) {
    if (load<u8>(name + index) != <u8>title.charCodeAt(index)) return false;
  }
  return true;
}

/** FNV-1a. */
function slotOfName(): i32 {
  let hash: u32 = 0x811c9dc5;
  for (let index = 0; index < nameLength; index++) hash = (hash ^ load<u8>(name + index)) * 0x01000193;
  return <i32>((hash ^ (hash >> 8)) & (SLOTS - 1));
}

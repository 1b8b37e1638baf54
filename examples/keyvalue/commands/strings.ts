/** Commands of strings and counters. */
import { isWord } from "../bytes";
import { define, GROWS, wrongNumber } from "../command-table";
import { Entry, NEVER, STRING } from "../entry";
import { LONGEST, parsed, parseDigits, parseInteger, writeInteger } from "../numbers";
import * as reply from "../reply";
import { Session } from "../session";
import { find, read, remove, setDeadline, setText } from "../store";
import { startOf } from "../text";
import * as words from "../words";
import { word } from "../words";
import { isText, notInteger, syntaxError, textOf } from "./checks";
import { deadline, MILLISECOND, parseDeadline, SECOND } from "./times";

/** Options of SET. */
const NX: u32 = 1;
const XX: u32 = 2;
const GET: u32 = 4;
const KEEPTTL: u32 = 8;
const EXPIRES: u32 = 16;

const digits = memory.data(LONGEST);

define("get", 2, 0, (_session: Session): void => {
  get(read(word(1)));
});
define("set", -3, GROWS, (_session: Session): void => {
  set();
});
define("setnx", 3, GROWS, (_session: Session): void => {
  const entry = find(word(1));
  if (entry == null) put(2, null);
  reply.integer(entry == null ? 1 : 0);
});
define("setex", 4, GROWS, (_session: Session): void => {
  setUntil(SECOND, "setex");
});
define("psetex", 4, GROWS, (_session: Session): void => {
  setUntil(MILLISECOND, "psetex");
});
define("getdel", 2, 0, (_session: Session): void => {
  const entry = read(word(1));
  if (get(entry) && entry != null) remove(entry);
});
define("strlen", 2, 0, (_session: Session): void => {
  const entry = read(word(1));
  if (entry == null) reply.integer(0);
  else if (isText(entry)) reply.integer(textOf(entry).length);
});
define("mget", -2, 0, (_session: Session): void => {
  reply.array(words.count - 1);
  for (let index = 1; index < words.count; index++) {
    const entry = read(word(index));
    if (entry == null || entry.type != STRING) reply.nothing();
    else reply.bytes(startOf(textOf(entry)), textOf(entry).length);
  }
});
define("mset", -3, GROWS, (_session: Session): void => {
  if ((words.count & 1) == 0) {
    wrongNumber("mset");
    return;
  }
  for (let index = 1; index < words.count; index += 2) {
    const entry = setText(word(index), find(word(index)), word(index + 1).start, word(index + 1).length);
    setDeadline(entry, NEVER);
  }
  reply.ok();
});
define("incr", 2, GROWS, (_session: Session): void => {
  add(1);
});
define("decr", 2, GROWS, (_session: Session): void => {
  add(-1);
});
define("incrby", 3, GROWS, (_session: Session): void => {
  if (parseInteger(word(2))) add(parsed);
  else notInteger();
});
define("decrby", 3, GROWS, (_session: Session): void => {
  if (!parseInteger(word(2))) notInteger();
  else if (parsed == i64.MIN_VALUE) reply.error("ERR decrement would overflow");
  else add(-parsed);
});

/** Writes the value of a string. False if it is another type. */
function get(entry: Entry | null): bool {
  if (entry == null) {
    reply.nothing();
    return true;
  }
  if (!isText(entry)) return false;
  const text = textOf(entry);
  reply.bytes(startOf(text), text.length);
  return true;
}

/** Sets the key to the word with this index, without a deadline. */
function put(index: i32, entry: Entry | null): Entry {
  const value = word(index);
  const changed = setText(word(1), entry, value.start, value.length);
  setDeadline(changed, NEVER);
  return changed;
}

function set(): void {
  const options = words.count == 3 ? 0 : parseOptions();
  if (options < 0) return;
  const entry = find(word(1));
  const keeps = entry != null && (options & KEEPTTL) != 0 ? entry.deadline : NEVER;
  if ((options & GET) != 0 && !get(entry)) return;
  if (((options & NX) != 0 && entry != null) || ((options & XX) != 0 && entry == null)) {
    if ((options & GET) == 0) reply.nothing();
    return;
  }
  const changed = put(2, entry);
  if ((options & EXPIRES) != 0) setDeadline(changed, deadline);
  else setDeadline(changed, keeps);
  if ((options & GET) == 0) reply.ok();
}

/** The options of SET; the time is in `deadline`. -1 if they are wrong. */
function parseOptions(): i32 {
  let options: u32 = 0;
  let time = 0;
  let unit = SECOND;
  let isRelative: bool = true;
  for (let index = 3; index < words.count; index++) {
    const option = word(index);
    const hasNext = index + 1 < words.count;
    if (isWord(option, "nx") && (options & XX) == 0) options |= NX;
    else if (isWord(option, "xx") && (options & NX) == 0) options |= XX;
    else if (isWord(option, "get")) options |= GET;
    else if (isWord(option, "keepttl") && (options & EXPIRES) == 0) options |= KEEPTTL;
    else if (hasNext && (options & (KEEPTTL | EXPIRES)) == 0 && isTime(index)) {
      options |= EXPIRES;
      unit = isWord(option, "ex") || isWord(option, "exat") ? SECOND : MILLISECOND;
      isRelative = isWord(option, "ex") || isWord(option, "px");
      time = ++index;
    } else {
      syntaxError();
      return -1;
    }
  }
  if (time > 0 && !parseDeadline(word(time), unit, isRelative, 1, "set")) return -1;
  return options;
}

function isTime(index: i32): bool {
  const option = word(index);
  return isWord(option, "ex") || isWord(option, "px") || isWord(option, "exat") || isWord(option, "pxat");
}

function setUntil(unit: i64, command: string): void {
  if (!parseDeadline(word(2), unit, true, 1, command)) return;
  setDeadline(put(3, find(word(1))), deadline);
  reply.ok();
}

/** Adds to the number of a key, which keeps its deadline. */
function add(increment: i64): void {
  const entry = find(word(1));
  let value: i64 = 0;
  if (entry != null) {
    if (!isText(entry)) return;
    if (!parseDigits(startOf(textOf(entry)), textOf(entry).length)) {
      notInteger();
      return;
    }
    value = parsed;
  }
  if (increment < 0 ? value < i64.MIN_VALUE - increment : value > i64.MAX_VALUE - increment) {
    reply.error("ERR increment or decrement would overflow");
    return;
  }
  value += increment;
  setText(word(1), entry, digits, writeInteger(digits, value));
  reply.integer(value);
}

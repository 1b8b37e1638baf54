/** Commands of keys, whatever their values are. */
import { Bytes, isWord, latin1 } from "../bytes";
import { define } from "../command-table";
import { Entry, keyOf, LIST, NEVER } from "../entry";
import { matches } from "../pattern";
import * as reply from "../reply";
import { Session } from "../session";
import { entries, expireOne, find, now, read, remove, removeAll, setDeadline } from "../store";
import * as words from "../words";
import { word } from "../words";
import { syntaxError } from "./checks";
import { deadline, MILLISECOND, parseDeadline, SECOND } from "./times";

/** Options of EXPIRE. */
const NX: u32 = 1;
const XX: u32 = 2;
const GT: u32 = 4;
const LT: u32 = 8;

/** What TTL says of a key that is not there, and of one without a deadline. */
const NO_KEY: i64 = -2;
const NO_DEADLINE: i64 = -1;

define("del", -2, 0, (_session: Session): void => {
  del();
});
define("unlink", -2, 0, (_session: Session): void => {
  del();
});
define("exists", -2, 0, (_session: Session): void => {
  let count = 0;
  for (let index = 1; index < words.count; index++) if (read(word(index)) != null) count++;
  reply.integer(count);
});
define("type", 2, 0, (_session: Session): void => {
  const entry = find(word(1));
  if (entry == null) reply.status("none");
  else reply.status(entry.type == LIST ? "list" : "string");
});
define("expire", -3, 0, (_session: Session): void => {
  expire(SECOND, true, "expire");
});
define("pexpire", -3, 0, (_session: Session): void => {
  expire(MILLISECOND, true, "pexpire");
});
define("expireat", -3, 0, (_session: Session): void => {
  expire(SECOND, false, "expireat");
});
define("pexpireat", -3, 0, (_session: Session): void => {
  expire(MILLISECOND, false, "pexpireat");
});
define("persist", 2, 0, (_session: Session): void => {
  const entry = find(word(1));
  const hadDeadline = entry != null && entry.deadline != NEVER;
  if (entry != null) setDeadline(entry, NEVER);
  reply.integer(hadDeadline ? 1 : 0);
});
define("ttl", 2, 0, (_session: Session): void => {
  const left = timeLeft(read(word(1)));
  reply.integer(left < 0 ? left : (left + SECOND / 2) / SECOND);
});
define("pttl", 2, 0, (_session: Session): void => {
  reply.integer(timeLeft(read(word(1))));
});
define("keys", 2, 0, (_session: Session): void => {
  keys(word(1));
});
define("dbsize", 1, 0, (_session: Session): void => {
  reply.integer(entries.size);
});
define("flushall", -1, 0, (_session: Session): void => {
  flush();
});
define("flushdb", -1, 0, (_session: Session): void => {
  flush();
});

function del(): void {
  let count = 0;
  for (let index = 1; index < words.count; index++) {
    const entry = find(word(index));
    if (entry == null) continue;
    remove(entry);
    count++;
  }
  reply.integer(count);
}

function expire(unit: i64, isRelative: bool, command: string): void {
  const options = parseOptions();
  if (options < 0 || !parseDeadline(word(2), unit, isRelative, i64.MIN_VALUE, command)) return;
  const entry = find(word(1));
  if (entry == null || !mayChange(entry, options)) {
    reply.integer(0);
    return;
  }
  if (deadline <= now()) remove(entry);
  else setDeadline(entry, deadline);
  reply.integer(1);
}

/** Whether the options allow `deadline`. A key without one lives longer than any. */
function mayChange(entry: Entry, options: u32): bool {
  const current = entry.deadline;
  if ((options & NX) != 0 && current != NEVER) return false;
  if ((options & XX) != 0 && current == NEVER) return false;
  if ((options & GT) != 0 && (current == NEVER || deadline <= current)) return false;
  return (options & LT) == 0 || current == NEVER || deadline < current;
}

/** -1 if they are wrong. */
function parseOptions(): i32 {
  let options: u32 = 0;
  for (let index = 3; index < words.count; index++) {
    const option = word(index);
    if (isWord(option, "nx")) options |= NX;
    else if (isWord(option, "xx")) options |= XX;
    else if (isWord(option, "gt")) options |= GT;
    else if (isWord(option, "lt")) options |= LT;
    else {
      reply.error(`ERR Unsupported option ${latin1(option)}`);
      return -1;
    }
  }
  if ((options & NX) != 0 && options != NX) {
    reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return -1;
  }
  if ((options & GT) != 0 && (options & LT) != 0) {
    reply.error("ERR GT and LT options at the same time are not compatible");
    return -1;
  }
  return options;
}

/** Milliseconds, or what TTL says in place of them. */
function timeLeft(entry: Entry | null): i64 {
  if (entry == null) return NO_KEY;
  return entry.deadline == NEVER ? NO_DEADLINE : max(entry.deadline - now(), 0);
}

/** Counts first: the number stands before the names. */
function keys(pattern: Bytes): void {
  reply.array(countOrWrite(pattern, false));
  countOrWrite(pattern, true);
}

function countOrWrite(pattern: Bytes, writes: bool): i32 {
  let count = 0;
  for (let bucket: u32 = 0; bucket < entries.bucketCount; bucket++) {
    let entry = entries.firstOf(bucket);
    while (entry != null) {
      const next = entry.next;
      if (matches(pattern.start, pattern.length, keyOf(entry), entry.keyLength) && (writes || !expireOne(entry))) {
        count++;
        if (writes) reply.bytes(keyOf(entry), entry.keyLength);
      }
      entry = next;
    }
  }
  return count;
}

function flush(): void {
  const hasMode = words.count == 2 && (isWord(word(1), "sync") || isWord(word(1), "async"));
  if (words.count > 1 && !hasMode) {
    syntaxError();
    return;
  }
  removeAll();
  reply.ok();
}

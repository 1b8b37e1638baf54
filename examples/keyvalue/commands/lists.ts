import { define, GROWS, wrongNumber } from "../command-table";
import { bytesOf, dropFirst, dropLast, firstOf, lastOf, lengthOf, List, pushFirst, pushLast, Walk } from "../list";
import { parsed, parseInteger } from "../numbers";
import * as reply from "../reply";
import { Session } from "../session";
import { addList, find, read, remove } from "../store";
import * as words from "../words";
import { word } from "../words";
import { isInteger, isList, listOf } from "./checks";

define("lpush", -3, GROWS, (_session: Session): void => {
  push(true);
});
define("rpush", -3, GROWS, (_session: Session): void => {
  push(false);
});
define("lpop", -2, 0, (_session: Session): void => {
  pop(true, "lpop");
});
define("rpop", -2, 0, (_session: Session): void => {
  pop(false, "rpop");
});
define("llen", 2, 0, (_session: Session): void => {
  const entry = read(word(1));
  if (entry == null) reply.integer(0);
  else if (isList(entry)) reply.integer(listOf(entry).length);
});
define("lrange", 4, 0, (_session: Session): void => {
  if (!isInteger(word(2))) return;
  const start = parsed;
  if (!isInteger(word(3))) return;
  const end = parsed;
  const entry = read(word(1));
  if (entry == null) reply.array(0);
  else if (isList(entry)) range(listOf(entry), start, end);
});

function push(isFirst: bool): void {
  const entry = find(word(1));
  if (entry != null && !isList(entry)) return;
  const list = entry == null ? addList(word(1)) : listOf(entry);
  for (let index = 2; index < words.count; index++) {
    const element = word(index);
    if (isFirst) pushFirst(list, element.start, element.length);
    else pushLast(list, element.start, element.length);
  }
  reply.integer(list.length);
}

function pop(isFirst: bool, command: string): void {
  if (words.count > 3) {
    wrongNumber(command);
    return;
  }
  const hasCount = words.count == 3;
  if (hasCount && (!parseInteger(word(2)) || parsed < 0)) {
    reply.error("ERR value is out of range, must be positive");
    return;
  }
  const count = hasCount ? parsed : 1;
  const entry = find(word(1));
  if (entry == null) {
    if (hasCount) reply.nothingOfArray();
    else reply.nothing();
    return;
  }
  if (!isList(entry)) return;
  const list = listOf(entry);
  const popped = <i32>min(count, <i64>list.length);
  if (hasCount) reply.array(popped);
  for (let index = 0; index < popped; index++) popOne(list, isFirst);
  if (list.length == 0) remove(entry);
}

function popOne(list: List, isFirst: bool): void {
  const element = isFirst ? firstOf(list) : lastOf(list);
  reply.bytes(bytesOf(element), lengthOf(element));
  if (isFirst) dropFirst(list);
  else dropLast(list);
}

/** Negative indexes count from the end: -1 is the last element. */
function range(list: List, start: i64, end: i64): void {
  const length = <i64>list.length;
  const from = max(start < 0 ? start + length : start, 0);
  const to = min(end < 0 ? end + length : end, length - 1);
  if (from > to) {
    reply.array(0);
    return;
  }
  const count = <i32>(to - from + 1);
  reply.array(count);
  const walk = new Walk(list, <i32>from);
  for (let index = 0; index < count; index++) {
    const element = walk.next();
    reply.bytes(bytesOf(element), lengthOf(element));
  }
}

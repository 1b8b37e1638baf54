/** Checks that several commands make: each writes the error. */
import { Bytes } from "../bytes";
import { Entry, LIST, STRING } from "../entry";
import { List } from "../list";
import { parseInteger } from "../numbers";
import * as reply from "../reply";
import { Text } from "../text";

export function notInteger(): void {
  reply.error("ERR value is not an integer or out of range");
}

export function syntaxError(): void {
  reply.error("ERR syntax error");
}

/** Reads a number into `parsed`. */
export function isInteger(bytes: Bytes): bool {
  if (parseInteger(bytes)) return true;
  notInteger();
  return false;
}

export function isText(entry: Entry): bool {
  if (entry.type == STRING) return true;
  wrongType();
  return false;
}

export function isList(entry: Entry): bool {
  if (entry.type == LIST) return true;
  wrongType();
  return false;
}

function wrongType(): void {
  reply.error("WRONGTYPE Operation against a key holding the wrong kind of value");
}

export function textOf(entry: Entry): Text {
  return changetype<Text>(entry.value);
}

export function listOf(entry: Entry): List {
  return changetype<List>(entry.value);
}

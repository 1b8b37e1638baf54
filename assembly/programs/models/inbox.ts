/** The connection of one sender, and all bytes received on it. The program prints their checksum at the end. */
import { recv } from "../../net/stream";
import { EAGAIN } from "../../abi/errno";
import { close, exit } from "../../sys/system";
import { printError, number, text } from "../report";
import { record } from "./record";

/** Bytes that one call asks for. */
export const MAX_RECEIVE: i32 = 0x10000;
const CAPACITY: i32 = 0x100000;
const FAILED: u32 = 1;

const FNV_OFFSET: u64 = ((<u64>0xcbf29ce4) << 32) | 0x84222325;
const FNV_PRIME: u64 = 0x100000001b3;

@unmanaged
export class Inbox {
  fd: i32;
  received: i32;
  /** The sender has closed its stream. */
  ended: bool;
  bytes: usize;

  /** The address for the next bytes. */
  get next(): usize {
    if (this.received + MAX_RECEIVE > CAPACITY) fail("the sender sends more bytes than the inbox holds:", CAPACITY);
    return this.bytes + this.received;
  }

  /** Adds received bytes. 0 is the end of the stream; a negated errno ends the program. */
  add(count: i32): void {
    if (count < 0) fail("cannot receive: errno", -count);
    if (count == 0) this.ended = true;
    this.received += count;
  }

  /** Closes the connection, and records `checksum`: the 64-bit FNV-1a hash of all bytes. */
  finish(): void {
    close(this.fd);
    let hash = FNV_OFFSET;
    for (let index = 0; index < this.received; index++) hash = (hash ^ load<u8>(this.bytes + index)) * FNV_PRIME;
    record("checksum", hash);
  }
}

export function openInbox(fd: i32): Inbox {
  if (fd < 0) fail("cannot accept: errno", -fd);
  const inbox = changetype<Inbox>(heap.alloc(offsetof<Inbox>()));
  inbox.fd = fd;
  inbox.received = 0;
  inbox.ended = false;
  inbox.bytes = heap.alloc(CAPACITY);
  return inbox;
}

/** Calls recv once, and records the call and its result. False after EAGAIN. */
export function receive(inbox: Inbox): bool {
  record("recv", inbox.fd);
  const count = recv(inbox.fd, inbox.next, MAX_RECEIVE);
  if (count == -EAGAIN) {
    record("again", inbox.fd);
    return false;
  }
  record(count == 0 ? "end" : "data", count);
  inbox.add(count);
  return true;
}

function fail(what: string, value: i32): void {
  text(what);
  text(" ");
  number(value);
  printError();
  exit(FAILED);
}

/** One sender's connection and all bytes received on it, which are summed up at the end. */
import { recv } from "../../net/stream";
import { EAGAIN } from "../../abi/errno";
import { close, exit } from "../../sys/system";
import { complain, number, text } from "../report";
import { record } from "./record";

/** The most that one call asks for. */
export const RECEIVE: i32 = 0x10000;
const ROOM: i32 = 0x100000;
const FAILED: u32 = 1;

const FNV_OFFSET: u64 = ((<u64>0xcbf29ce4) << 32) | 0x84222325;
const FNV_PRIME: u64 = 0x100000001b3;

@unmanaged
export class Inbox {
  fd: i32;
  received: i32;
  /** The sender has sent all. */
  ended: bool;
  bytes: usize;

  /** Where the next bytes belong. */
  get next(): usize {
    if (this.received + RECEIVE > ROOM) fail("the sender sends more than there is room for", ROOM);
    return this.bytes + this.received;
  }

  /** `count` bytes more; 0 is the end of the stream, and less a negated errno, which ends the program. */
  add(count: i32): void {
    if (count < 0) fail("cannot receive: errno", -count);
    if (count == 0) this.ended = true;
    this.received += count;
  }

  /** Closes it; nothing watches it any more. The value of `checksum` is the 64-bit FNV-1a hash of all bytes. */
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
  inbox.bytes = heap.alloc(ROOM);
  return inbox;
}

/** One call of recv, written down; how it came back. False after EAGAIN. */
export function receive(inbox: Inbox): bool {
  record("recv", inbox.fd);
  const count = recv(inbox.fd, inbox.next, RECEIVE);
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
  complain();
  exit(FAILED);
}

/** The clients of a server with select, by descriptor: as many as its sets hold. */
import { close } from "../net/stream";
import { FD_SETSIZE } from "../readiness/select";
import { Conversation } from "./conversation";
import { sayWent } from "./report";

const table = memory.data(FD_SETSIZE * 4, 4);
let count: i32 = 0;
/** How many there may be: numbers that other things have, such as the listener, are found out about. */
let most: i32 = FD_SETSIZE;

function entryOf(fd: i32): usize {
  return table + ((<usize>fd) << 2);
}

/** Can the next one be selected too? Who comes when all numbers below FD_SETSIZE are taken waits at the listener. */
export function hasRoom(): bool {
  return count < most;
}

/** A new client. False where its number is too high for the sets: it has to go, and `hasRoom` knows better from now on. */
export function enter(fd: i32): bool {
  if (fd >= FD_SETSIZE) {
    most = count;
    close(fd);
    sayWent(fd);
    return false;
  }
  store<u32>(entryOf(fd), changetype<usize>(Conversation.begin(fd)));
  count++;
  return true;
}

/** The client with this descriptor. Null when it has gone. */
export function conversationOf(fd: i32): Conversation | null {
  return changetype<Conversation | null>(<usize>load<u32>(entryOf(fd)));
}

/** Closes the connection, and forgets all about it. */
export function leave(fd: i32): void {
  const conversation = conversationOf(fd);
  if (conversation == null) return;
  store<u32>(entryOf(fd), 0);
  count--;
  conversation.end();
}

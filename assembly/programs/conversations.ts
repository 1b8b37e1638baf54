/** The clients of a server with select, by descriptor: as many as fit into its sets. */
import { close } from "../net/stream";
import { FD_SETSIZE } from "../abi/select";
import { Conversation } from "./conversation";
import { sayWent } from "./report";

const table = memory.data(FD_SETSIZE * 4, 4);
let count: i32 = 0;
/** The most clients. It shrinks when a client's number is too high, because other descriptors use numbers too. */
let maxClients: i32 = FD_SETSIZE;

function entryOf(fd: i32): usize {
  return table + ((<usize>fd) << 2);
}

/** Whether the next client fits into the sets. Without room, clients wait at the listener. */
export function hasRoom(): bool {
  return count < maxClients;
}

/** Adds a client. False if its number is too high for the sets: the connection must be closed, and `hasRoom` is adjusted. */
export function enter(fd: i32): bool {
  if (fd >= FD_SETSIZE) {
    maxClients = count;
    close(fd);
    sayWent(fd);
    return false;
  }
  store<u32>(entryOf(fd), changetype<usize>(Conversation.begin(fd)));
  count++;
  return true;
}

/** The client with this descriptor; null if it has left. */
export function conversationOf(fd: i32): Conversation | null {
  return changetype<Conversation | null>(<usize>load<u32>(entryOf(fd)));
}

/** Closes the connection and removes the client. */
export function leave(fd: i32): void {
  const conversation = conversationOf(fd);
  if (conversation == null) return;
  store<u32>(entryOf(fd), 0);
  count--;
  conversation.end();
}

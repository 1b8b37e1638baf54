/**
 * The common part of the two original servers with select: the loop, and a queue for each client.
 *
 * `inputs` holds the listener and the clients. `outputs` holds the clients that have bytes in their queue. Every round
 * copies both, because select leaves only the ready members.
 */
import { FD_SETSIZE } from "../abi/select";
import { select } from "../readiness/select";
import { acceptAll, RETRY_MS } from "./arrivals";
import { conversationOf, enter, hasRoom, leave } from "./conversations";
import { FdSet } from "../readiness/fd-set";
import { checkWait, sayExceptional } from "./report";

const inputs = FdSet.create();
const outputs = FdSet.create();
const readable = FdSet.create();
const writable = FdSet.create();
const exceptional = FdSet.create();
/** No further client can be accepted now: ignore the listener. */
let full: bool = false;

function begin(fd: i32): bool {
  if (!enter(fd)) return false;
  inputs.add(fd);
  return hasRoom();
}

/** Removes a client from all sets and queues at once. */
function end(fd: i32): void {
  inputs.remove(fd);
  outputs.remove(fd);
  leave(fd);
  full = false;
}

function serve(fd: i32, change: (bytes: usize, count: i32) => void): void {
  const client = conversationOf(fd);
  if (client == null) return; // the listener, or a client that has left in this round
  const unbroken = (!writable.has(fd) || client.reply()) && (!readable.has(fd) || client.receive(change));
  if (!unbroken || client.over) {
    end(fd);
    return;
  }
  inputs.put(fd, client.listens);
  outputs.put(fd, client.answers);
}

/**
 * Serves for ever. `change` makes the answer of the received bytes. With `watchful`, a client is closed when select reports an
 * exceptional condition, which is urgent data; otherwise select does not watch for them.
 */
export function serveAll(listener: i32, change: (bytes: usize, count: i32) => void, watchful: bool): void {
  while (true) {
    inputs.put(listener, !full);
    readable.copy(inputs);
    writable.copy(outputs);
    exceptional.copy(inputs);
    const exceptions = watchful ? exceptional.address : 0;
    const ready = select(FD_SETSIZE, readable.address, writable.address, exceptions, full ? RETRY_MS : -1);
    checkWait(ready);
    if (ready == 0) full = false;
    for (let fd = exceptional.next(0); watchful && fd >= 0; fd = exceptional.next(fd + 1)) {
      sayExceptional(fd);
      end(fd);
    }
    for (let fd = readable.next(0); fd >= 0; fd = readable.next(fd + 1)) serve(fd, change);
    for (let fd = writable.next(0); fd >= 0; fd = writable.next(fd + 1)) if (!readable.has(fd)) serve(fd, change);
    // Accept last: a new client can reuse a number closed in this round.
    if (readable.has(listener)) full = !hasRoom() || !acceptAll(listener, begin);
  }
}

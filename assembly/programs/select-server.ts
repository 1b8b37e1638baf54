/**
 * A server with select and a queue for each client: what the seed's two have in common.
 *
 * `inputs` has whoever is to be read: the listener, and the clients. `outputs` has the clients for which something waits in
 * their queue. Both are copied in every round, for select leaves only those that are ready, and looks at all of them.
 */
import { FD_SETSIZE, select } from "../readiness/select";
import { acceptAll, RETRY } from "./arrivals";
import { conversationOf, enter, hasRoom, leave } from "./conversations";
import { FdSet } from "./fd-set";
import { sayExceptional } from "./report";

const inputs = FdSet.create();
const outputs = FdSet.create();
const readable = FdSet.create();
const writable = FdSet.create();
const exceptional = FdSet.create();
/** Nobody more can be taken now: the listener is left alone. */
let full: bool = false;

function begin(fd: i32): bool {
  if (!enter(fd)) return false;
  inputs.add(fd);
  return hasRoom();
}

/** Whatever is known of the client is forgotten at once: it is in no set, and nothing waits for it. */
function end(fd: i32): void {
  inputs.remove(fd);
  outputs.remove(fd);
  leave(fd);
  full = false;
}

function serve(fd: i32, change: (bytes: usize, count: i32) => void): void {
  const client = conversationOf(fd);
  if (client == null) return; // the listener, or somebody who has left in this round
  const unbroken = (!writable.has(fd) || client.reply()) && (!readable.has(fd) || client.receive(change));
  if (!unbroken || client.over) {
    end(fd);
    return;
  }
  inputs.put(fd, client.listens);
  outputs.put(fd, client.answers);
}

/**
 * Serves for ever. Answers are what `change` makes of what comes. With `watchful`, a client for which select reports an
 * exceptional condition, which is urgent data, has to go; without, nobody asks for them.
 */
export function serveAll(listener: i32, change: (bytes: usize, count: i32) => void, watchful: bool): void {
  while (true) {
    inputs.put(listener, !full);
    readable.copy(inputs);
    writable.copy(outputs);
    exceptional.copy(inputs);
    const exceptions = watchful ? exceptional.address : 0;
    const ready = select(FD_SETSIZE, readable.address, writable.address, exceptions, full ? RETRY : -1);
    if (ready == 0) full = false;
    for (let fd = exceptional.next(0); watchful && fd >= 0; fd = exceptional.next(fd + 1)) {
      sayExceptional(fd);
      end(fd);
    }
    for (let fd = readable.next(0); fd >= 0; fd = readable.next(fd + 1)) serve(fd, change);
    for (let fd = writable.next(0); fd >= 0; fd = writable.next(fd + 1)) if (!readable.has(fd)) serve(fd, change);
    // The last of all: a number that was closed in this round can be a new client's now.
    if (readable.has(listener)) full = !hasRoom() || !acceptAll(listener, begin);
  }
}

// @ts-check
/**
 * The original server with callbacks: an echo on a selector, whose data is the function to call.
 *
 *     node examples/echo-selectors.mjs [HOST:PORT] [--quiet]
 *
 * Shows a loop that does not know what it watches: it calls the registered function. A connection is also watched for writing
 * while data waits to be sent. The original lacks this, and loses data when send takes only a part.
 */
import { Core, DefaultSelector, EVENT_READ, EVENT_WRITE, Socket } from "pollux";
import { acceptAll, RETRY } from "./arrivals.mjs";
import { Conversation } from "./conversation.mjs";
import { addressArgument } from "./select-server.mjs";

/** @typedef {(socket: Socket, mask: number) => void} Callback */

const core = await Core.open();
/** @type {DefaultSelector<Callback, Socket>} */
const selector = new DefaultSelector(core);
const listener = Socket.listen(core, addressArgument());
console.error(`listening on ${listener.localAddress?.host}:${listener.localAddress?.port}`);
selector.register(listener, EVENT_READ, accept);

/** @type {Callback} */
function accept() {
  const all = acceptAll(listener, (socket) => {
    const conversation = new Conversation(socket);
    selector.register(socket, EVENT_READ, (_, mask) => converse(conversation, mask));
    return true;
  });
  // A listener that cannot accept stays ready and would keep the loop busy.
  if (!all) selector.unregister(listener);
}

/**
 * @param {Conversation} conversation
 * @param {number} mask
 */
function converse(conversation, mask) {
  const { socket } = conversation;
  const received = (mask & EVENT_READ) === 0 || conversation.receive();
  // Send the data back at once, as much as possible.
  if (!received || !conversation.reply() || conversation.over) {
    selector.unregister(socket);
    conversation.end();
    return;
  }
  const events = (conversation.listens ? EVENT_READ : 0) | (conversation.answers ? EVENT_WRITE : 0);
  selector.modify(socket, events, selector.getKey(socket).data);
}

for (;;) {
  const full = !selector.getMap().has(listener);
  for (const [key, mask] of await selector.select(full ? RETRY : undefined)) key.data(key.fileobj, mask);
  if (full) selector.register(listener, EVENT_READ, accept);
}

/**
 * The original echo server with a selector and callbacks: the data of a key is the function to call.
 *
 *     pollux run --listen 127.0.0.1:9999 echo-selectors.wasm [--quiet]
 *
 * It shows that with selectors the loop does not know the watched objects: it calls the registered function. A client
 * is watched for writing too while bytes wait to be sent. The original does not do that: it assumes that send sends
 * everything. Keys and clients are managed objects, so the program is built with a garbage collector.
 */
import { EpollSelector as DefaultSelector } from "../readiness/selectors/epoll-selector";
import { Descriptor, EVENT_READ, EVENT_WRITE, FileObject } from "../readiness/selectors/key";
import { acceptAll, RETRY_MS } from "./arrivals";
import { Conversation, unchanged } from "./conversation";
import { needListener, readOptions } from "./options";
import { checkWait } from "./report";

type Callback = (file: FileObject, mask: i32) => void;

class Client implements FileObject {
  private conversation: Conversation;

  constructor(fd: i32) {
    this.conversation = Conversation.begin(fd);
  }

  fileno(): i32 {
    return this.conversation.fd;
  }

  /** Echoes as much as the connection takes at once. False at its end. */
  go(mask: i32): bool {
    const conversation = this.conversation;
    if ((mask & EVENT_READ) != 0 && !conversation.receive(unchanged)) return false;
    return conversation.reply() && !conversation.over;
  }

  /** The next events to wait for. */
  get events(): i32 {
    return (this.conversation.listens ? EVENT_READ : 0) | (this.conversation.answers ? EVENT_WRITE : 0);
  }

  end(): void {
    this.conversation.end();
  }
}

const selector = new DefaultSelector<Callback>();

function begin(fd: i32): bool {
  const client = new Client(fd);
  if (selector.register(client, EVENT_READ, converse) < 0) client.end();
  return true;
}

/** Without room for another client the listener stays ready, and watching it would keep the loop busy. */
function accept(listener: FileObject, _mask: i32): void {
  if (!acceptAll(listener.fileno(), begin)) selector.unregister(listener);
}

function converse(file: FileObject, mask: i32): void {
  const client = changetype<Client>(file);
  // A failing modify leaves the client unregistered: it would never be reported.
  if (client.go(mask) && selector.modify(client, client.events, converse) == 0) return;
  selector.unregister(client);
  client.end();
}

export function _start(): void {
  readOptions(false);
  const listener = new Descriptor(needListener());
  checkWait(selector.register(listener, EVENT_READ, accept));
  while (true) {
    const full = selector.getKey(listener) == null;
    const ready = selector.select(full ? <f64>RETRY_MS : Infinity);
    checkWait(ready.error);
    while (ready.next()) ready.key.data(ready.key.fileobj, ready.mask);
    if (full) checkWait(selector.register(listener, EVENT_READ, accept));
  }
}

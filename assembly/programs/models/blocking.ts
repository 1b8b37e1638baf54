/**
 * Blocking I/O: the program sleeps in recv until the bytes are in its memory.
 *
 *     pollux run --listen 127.0.0.1:9999 blocking.wasm
 *
 * One call waits and copies. The program does nothing else meanwhile.
 */
import { accept } from "../../net/listener";
import { needListener } from "../options";
import { openInbox, receive } from "./inbox";
import { print, record } from "./record";

export function _start(): void {
  const listener = needListener(true);
  record("accept", listener);
  const inbox = openInbox(accept(listener, true));
  record("accepted", inbox.fd);
  while (!inbox.ended) receive(inbox);
  inbox.finish();
  print();
}

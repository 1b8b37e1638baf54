/**
 * Blocking I/O: the caller sleeps inside of recv, from the call until the bytes are in its memory.
 *
 *     pollux run --listen 127.0.0.1:9999 blocking.wasm
 *
 * Both phases, the waiting and the copying, are the one call. Nothing else is done meanwhile: there is nobody to do it.
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

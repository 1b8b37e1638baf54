/**
 * Non-blocking I/O: recv comes back at once, with EAGAIN where there is nothing yet, and the caller asks again and again.
 *
 *     pollux run --listen 127.0.0.1:9999 non-blocking.wasm
 *
 * Between two attempts it computes. What has come waits until it is asked for the next time; then the caller copies.
 */
import { accept } from "../../net/listener";
import { EAGAIN } from "../../abi/errno";
import { needListener } from "../options";
import { openInbox, receive } from "./inbox";
import { compute } from "./primes";
import { print, record } from "./record";

function acceptOne(listener: i32): i32 {
  while (true) {
    record("accept", listener);
    const fd = accept(listener);
    if (fd != -EAGAIN) return fd;
    record("again", listener);
    compute();
  }
}

export function _start(): void {
  const inbox = openInbox(acceptOne(needListener()));
  record("accepted", inbox.fd);
  while (!inbox.ended) if (!receive(inbox)) compute();
  inbox.finish();
  print();
}

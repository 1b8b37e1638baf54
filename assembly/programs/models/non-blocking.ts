/**
 * Non-blocking I/O: recv returns at once, with EAGAIN if no bytes have arrived, and the program calls it again and again.
 *
 *     pollux run --listen 127.0.0.1:9999 non-blocking.wasm
 *
 * The program computes between two calls. Arrived bytes wait for the next call, which copies them.
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

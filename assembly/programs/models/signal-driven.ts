/**
 * Signal-driven I/O: the program computes; when data arrives, the host calls the program's handler; then the program copies.
 *
 *     pollux run --listen 127.0.0.1:9999 signal-driven.wasm
 *
 * The program does not wait. The host calls the handler between two steps. The handler only sets a flag, as a handler of SIGIO
 * should, and the next step copies until EAGAIN. A signal is an edge: data that arrived before the descriptor was armed makes
 * none, so the program tries once after arming.
 */
import { armSignal } from "../../loop/signals";
import { accept } from "../../net/listener";
import { EPOLLIN, EPOLLRDHUP } from "../../abi/events";
import { EAGAIN } from "../../abi/errno";
import { needListener } from "../options";
import { checkWait } from "../report";
import { Inbox, openInbox, receive } from "./inbox";
import { record } from "./record";
import { endStep } from "./step";

let listener: i32 = -1;
let inbox: Inbox | null = null;
let signalled: bool = false;

export function _initialize(): void {
  listener = needListener();
  checkWait(armSignal(listener, EPOLLIN));
  signalled = true;
}

export function pollux_signal(fd: i32, _readiness: u32): void {
  record("handler", fd);
  signalled = true;
}

function acceptOne(): void {
  record("accept", listener);
  const fd = accept(listener);
  if (fd == -EAGAIN) {
    record("again", listener);
    return;
  }
  record("accepted", fd);
  inbox = openInbox(fd);
  checkWait(armSignal(fd, EPOLLIN | EPOLLRDHUP));
}

export function pollux_step(): i32 {
  record("step");
  if (signalled) {
    signalled = false;
    if (inbox == null) acceptOne();
    const from = inbox;
    if (from != null) while (!from.ended && receive(from)) {}
  }
  return endStep(inbox);
}

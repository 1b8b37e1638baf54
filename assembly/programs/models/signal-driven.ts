/**
 * Signal-driven I/O: the program computes; when data has come the host calls its handler; then the program copies.
 *
 *     pollux run --listen 127.0.0.1:9999 signal-driven.wasm
 *
 * Nobody waits in the first phase. The handler only notes what happened, as a handler of SIGIO should: it is called
 * between two steps, and the next step copies, until EAGAIN. A signal is an edge: what arrived before the descriptor was
 * armed makes none, so arming is followed by a first attempt.
 */
import { armSignal } from "../../loop/signals";
import { accept } from "../../net/listener";
import { EPOLLIN, EPOLLRDHUP } from "../../abi/events";
import { EAGAIN } from "../../abi/errno";
import { needListener } from "../options";
import { checkWait } from "../report";
import { Inbox, openInbox, receive } from "./inbox";
import { compute } from "./primes";
import { print, record } from "./record";

const FINISHED: i32 = -1;
const MORE_TO_DO: i32 = 0;

let listener: i32 = -1;
let inbox = changetype<Inbox>(0);
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
    if (changetype<usize>(inbox) == 0) acceptOne();
    if (changetype<usize>(inbox) != 0) while (!inbox.ended && receive(inbox)) {}
  }
  if (changetype<usize>(inbox) != 0 && inbox.ended) {
    inbox.finish();
    print();
    return FINISHED;
  }
  compute();
  record("return");
  return MORE_TO_DO;
}

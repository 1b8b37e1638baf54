/**
 * Asynchronous I/O: the program submits a buffer and computes; the host fills the buffer and posts a completion.
 *
 *     pollux run --listen 127.0.0.1:9999 asynchronous.wasm
 *
 * Neither phase is the program's: it makes no call that waits and none that copies. When it sees a completion in the ring
 * the bytes are in its memory already.
 */
import { completionSeen, nextCompletion, pollux_ring, submit } from "../../loop/completions";
import { OP_ACCEPT, OP_RECV } from "../../abi/operation";
import { COMPLETION_RESULT } from "../../abi/ring";
import { needListener } from "../options";
import { Inbox, openInbox, RECEIVE } from "./inbox";
import { compute } from "./primes";
import { print, record } from "./record";

export { pollux_ring };

const FINISHED: i32 = -1;
const MORE_TO_DO: i32 = 0;

let inbox = changetype<Inbox>(0);

export function _initialize(): void {
  const listener = needListener();
  record("submit", listener);
  submit(OP_ACCEPT, listener, 0, 0, 0);
}

/** The connection, or bytes of it; the next buffer is submitted at once. */
function complete(result: i32): void {
  record(changetype<usize>(inbox) == 0 ? "accepted" : "completion", result);
  if (changetype<usize>(inbox) == 0) inbox = openInbox(result);
  else inbox.add(result);
  if (inbox.ended) return;
  record("submit", inbox.fd);
  submit(OP_RECV, inbox.fd, inbox.next, RECEIVE, 0);
}

export function pollux_step(): i32 {
  record("step");
  for (let completion = nextCompletion(); completion != 0; completion = nextCompletion()) {
    const result = load<i32>(completion, COMPLETION_RESULT);
    completionSeen();
    complete(result);
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

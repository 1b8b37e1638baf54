/**
 * Asynchronous I/O: the program submits a buffer and computes; the host fills the buffer and posts a completion.
 *
 *     pollux run --listen 127.0.0.1:9999 asynchronous.wasm
 *
 * The program neither waits nor copies. When it sees a completion in the ring, the bytes are already in its memory.
 */
import { completionSeen, nextCompletion, pollux_ring, submit } from "../../loop/completions";
import { OP_ACCEPT, OP_RECV } from "../../abi/operation";
import { COMPLETION_RESULT } from "../../abi/ring";
import { needListener } from "../options";
import { Inbox, MAX_RECEIVE, openInbox } from "./inbox";
import { record } from "./record";
import { endStep } from "./step";

export { pollux_ring };

let inbox: Inbox | null = null;

export function _initialize(): void {
  const listener = needListener();
  record("submit", listener);
  submit(OP_ACCEPT, listener, 0, 0, 0);
}

/** The connection, then its bytes. Submits the next buffer at once. */
function onCompletion(result: i32): void {
  record(inbox == null ? "accepted" : "completion", result);
  let into = inbox;
  if (into == null) inbox = into = openInbox(result);
  else into.add(result);
  if (into.ended) return;
  record("submit", into.fd);
  submit(OP_RECV, into.fd, into.next, MAX_RECEIVE, 0);
}

export function pollux_step(): i32 {
  record("step");
  for (let completion = nextCompletion(); completion != 0; completion = nextCompletion()) {
    const result = load<i32>(completion, COMPLETION_RESULT);
    completionSeen();
    onCompletion(result);
  }
  return endStep(inbox);
}

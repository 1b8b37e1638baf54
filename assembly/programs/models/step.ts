/** The end of a step of `pollux_step`. */
import { Inbox } from "./inbox";
import { compute } from "./primes";
import { print, record } from "./record";

/** The host makes no further step. */
const FINISHED: i32 = -1;
/** The host makes the next step at once. */
const MORE_TO_DO: i32 = 0;

/** Ends the program if the sender has closed; otherwise computes for a slice. Returns the result of the step. */
export function endStep(inbox: Inbox | null): i32 {
  if (inbox != null && inbox.ended) {
    inbox.finish();
    print();
    return FINISHED;
  }
  compute();
  record("return");
  return MORE_TO_DO;
}

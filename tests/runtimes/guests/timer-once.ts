/** A program with a timer on the loop, and no stream. */
import { Callback, defaultLoop } from "../../../assembly";

class Nothing extends Callback {
  call(): void {}
}

export function _start(): void {
  defaultLoop().callLater(1, new Nothing());
  defaultLoop().run();
}

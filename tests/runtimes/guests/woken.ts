/** A program that others wake: it says so, and ends when it has been woken three times, or its standard input has ended. */
import { Callback, defaultLoop, print, Waker } from "pollux/assembly";

export { cabi_realloc } from "pollux/assembly/component";

class Woken extends Callback {
  private left: i32 = 3;

  call(): void {
    print("woken");
    if (--this.left == 0) waker.close();
  }
}

const waker = Waker.inherit(new Woken());
print("sleeping");
defaultLoop().run();
print(waker.isOpen ? "open" : "closed");

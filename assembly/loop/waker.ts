/**
 * Wakers: how others wake a loop that sleeps.
 *
 * A program is one thread, and nobody can call it while it sleeps. What others can use at any time is a descriptor of it: its standard
 * input. An embedder gives the program a stream there, and another process a pipe; a byte in it wakes the loop. In the program itself
 * `callSoon` does that.
 */
import { EPOLLIN } from "../abi/events";
import { EAGAIN } from "../abi/errno";
import { read, standardInput } from "../net/stream";
import { INPUT_SIZE, input } from "./input";
import { defaultLoop, Loop } from "./loop";
import { Callback } from "./timers";
import { Watched } from "./watched";

/** Calls back when others write to the program's standard input. Keeps the loop open until it is closed, or the input ends. */
export class Waker extends Watched {
  private loop: Loop;
  private callback: Callback;

  private constructor(loop: Loop, callback: Callback) {
    super();
    this.loop = loop;
    this.callback = callback;
  }

  /**
   * A waker on standard input. What is written means nothing, and several writes may be one call. Aborts if the input is a file, and where
   * it can only block, as that of wasmtime's modules.
   */
  static inherit(callback: Callback, loop: Loop = defaultLoop()): Waker {
    const waker = new Waker(loop, callback);
    waker.fd = standardInput();
    assert(waker.fd >= 0, "the host has no standard input, or one that blocks");
    assert(loop.watch(waker, EPOLLIN) == 0, "the standard input is a file: it cannot wake");
    return waker;
  }

  /** False after `close`, and after the end of the input. */
  get isOpen(): bool {
    return this.fd >= 0;
  }

  /** Ends the calls. Can be repeated. */
  close(): void {
    if (this.fd >= 0) this.loop.close(this);
  }

  onEvents(_events: u32): void {
    this.proceed();
  }

  /** Takes what was written, at most a buffer of it in a turn. */
  proceed(): void {
    const received = read(this.fd, changetype<usize>(input()), INPUT_SIZE);
    if (received == -EAGAIN) return;
    if (received <= 0) {
      this.close();
      return;
    }
    this.loop.proceedLater(this); // until EAGAIN
    this.callback.call();
  }
}

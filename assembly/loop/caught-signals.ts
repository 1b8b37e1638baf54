/**
 * Signals of the process that the program catches. The host writes the number of each as a byte to one descriptor (OP_SIGNALS), which a
 * loop watches. The host gives it to modules that import `proc_raise`: the import below is the request.
 */
import { EIO, ENOTSUP } from "../abi/errno";
import { OP_SIGNALS, OPERATION_MASK, OPERATION_OP, OPERATION_RESULT, OPERATION_SIZE } from "../abi/operation";
import { SIGHUP, SIGINT, SIGTERM } from "../abi/signals";
import { read } from "../net/stream";
import { capabilities, EXACT_EDGES } from "../sources/source";
import { raise, readyFile, write } from "../sys/system";
import { Hook } from "./hooks";
import { Callback } from "./timers";
import { Watched } from "./watched";

const ROOM: i32 = 16;

/** A callback of `onSignal`. */
class SignalHook extends Hook {
  signal: i32;

  constructor(signal: i32, callback: Callback) {
    super(callback);
    this.signal = signal;
  }

  cancel(): void {
    if (!this.isActive) return;
    this.isActive = false;
    caughtSignals().refresh();
  }
}

/** The signals' descriptor, once a hook was added. */
class CaughtSignals extends Watched {
  private hooks: SignalHook[] = [];
  private operation: ArrayBuffer = new ArrayBuffer(OPERATION_SIZE);
  private numbers: ArrayBuffer = new ArrayBuffer(ROOM);

  /** An inactive hook if the host delivers no signals. */
  add(name: string, callback: Callback): Hook {
    const hook = new SignalHook(numberOf(name), callback);
    this.hooks.push(hook);
    const fd = this.refresh();
    if (fd < 0) hook.isActive = false;
    else assert(this.fd < 0 || this.fd == fd);
    if (fd >= 0) this.fd = fd;
    return hook;
  }

  /** Tells the host which signals are caught now. The descriptor, or a negated errno. */
  refresh(): i32 {
    let mask: u32 = 0;
    this.hooks = this.hooks.filter((hook) => hook.isActive);
    for (let index = 0; index < this.hooks.length; index++) mask |= 1 << this.hooks[index].signal;
    // The first operation on the ready file is the exchange of versions, which this call makes.
    if ((capabilities() & EXACT_EDGES) == 0) return -ENOTSUP;
    const operation = changetype<usize>(this.operation);
    store<u32>(operation, OP_SIGNALS, OPERATION_OP);
    store<u32>(operation, mask, OPERATION_MASK);
    const written = write(readyFile(), operation, OPERATION_SIZE);
    return written == OPERATION_SIZE ? load<i32>(operation, OPERATION_RESULT) : -EIO;
  }

  onEvents(_events: u32): void {
    this.proceed();
  }

  /** Signals come one by one, so the reads end soon. */
  proceed(): void {
    const numbers = changetype<usize>(this.numbers);
    for (;;) {
      const count = read(this.fd, numbers, ROOM);
      if (count <= 0) return;
      for (let index = 0; index < count; index++) this.deliver(load<u8>(numbers + index));
    }
  }

  private deliver(signal: i32): void {
    const hooks = this.hooks;
    let isCaught = false;
    for (let index = 0; index < hooks.length; index++) {
      const hook = hooks[index];
      if (!hook.isActive || hook.signal != signal) continue;
      isCaught = true;
      hook.callback.call();
    }
    // The last hook was cancelled while the signal was under way: the signal has its default action.
    if (!isCaught) raise(signal);
  }
}

/** Those of the program, by the type that all programs have: the other one would be in every program, with its import. */
let caught: Watched | null = null;

/** A process has one set of signals. */
export function caughtSignals(): CaughtSignals {
  if (caught == null) caught = new CaughtSignals();
  return changetype<CaughtSignals>(caught);
}

function numberOf(name: string): i32 {
  if (name == "SIGTERM") return SIGTERM;
  if (name == "SIGINT") return SIGINT;
  if (name == "SIGHUP") return SIGHUP;
  throw new RangeError(`onSignal("${name}"): expected SIGTERM, SIGINT or SIGHUP`);
}

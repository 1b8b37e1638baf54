/** Repeated callbacks of a loop. */
import { Callback } from "./timers";

/** A callback of `onIdle`, `onPrepare` or `onSignal`. */
export class Hook {
  isActive: bool = true;
  callback: Callback;

  constructor(callback: Callback) {
    this.callback = callback;
  }

  /** Ends the calls. Can be repeated. */
  cancel(): void {
    this.isActive = false;
  }
}

/** Calls the active hooks, and returns those that are still active. */
export function callHooks(hooks: Hook[]): Hook[] {
  let ended = false;
  const count = hooks.length;
  for (let index = 0; index < count; index++) {
    const hook = hooks[index];
    if (hook.isActive) hook.callback.call();
    if (!hook.isActive) ended = true;
  }
  return ended ? hooks.filter((hook) => hook.isActive) : hooks;
}

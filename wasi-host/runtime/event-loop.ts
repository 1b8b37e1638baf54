/** Gives other tasks a turn of the event loop, on every platform. */

/** Calls back after everything else that is ready to run. */
export const afterwards: (run: () => void) => void = globalThis.setImmediate ?? byMessage();

/** Resolves after everything else that is ready to run. */
export function turn(): Promise<void> {
  return new Promise(afterwards);
}

/** A message to itself: browsers have no setImmediate, and delay a timer after a timer by 4 ms. */
function byMessage(): (run: () => void) => void {
  if (globalThis.MessageChannel === undefined) return (run) => void setTimeout(run, 0);
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port2.onmessage = () => waiting.shift()!();
  return (run) => {
    waiting.push(run);
    port1.postMessage(undefined);
  };
}

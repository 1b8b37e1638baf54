/** wasi:io/poll: the calls in which a guest sleeps. */
import type { Caller } from "../caller.ts";
import { HANDLE, LIST, U32 } from "../layout.ts";
import type { Pollable } from "../polling/readiness.ts";
import { RoundWait } from "../polling/waits.ts";
import { POLLABLE } from "../resources.ts";
import type { Functions, State } from "../state.ts";
import { trap } from "../trap.ts";

export function poll({ poller, way }: State, caller: Caller): Functions {
  const { memory, handles } = caller;
  const spareBlocks: RoundWait<undefined>[] = [];
  const sparePolls: RoundWait<undefined>[] = [];

  /** Ends a round of one pollable. */
  function untilReady(pollable: Pollable): undefined | Promise<undefined> {
    poller.begin();
    poller.glance(pollable);
    if (poller.settle()) return way.finish(undefined);
    const wait = spareBlocks.pop() ?? new RoundWait(poller, () => undefined, spareBlocks);
    return way.finish(wait.begin());
  }

  /** Writes the indices of the ready pollables. */
  function answer(result: number): undefined {
    const { answers, answered } = poller;
    const first = caller.allocate(U32.align, answered * U32.size);
    const { words } = memory;
    for (let index = 0; index < answered; index++) words[(first >>> 2) + index] = answers[index];
    caller.putList(result, first, answered);
  }

  return {
    "[method]pollable.ready"(handle: number): number {
      return poller.isReady(handles.get(POLLABLE, handle)) ? 1 : 0;
    },

    "[method]pollable.block"(handle: number): undefined | Promise<undefined> {
      return untilReady(handles.get(POLLABLE, handle));
    },

    /** An empty list is a trap: nothing would end the wait. */
    poll(list: number, length: number, result: number): undefined | Promise<undefined> {
      const count = length >>> 0;
      if (count === 0) trap("poll: the list is empty");
      const first = caller.list(list, count, HANDLE) >>> 2;
      const at = caller.place(result, LIST);
      const { words } = memory;
      poller.begin();
      for (let index = 0; index < count; index++) poller.glance(handles.get(POLLABLE, words[first + index]));
      if (poller.settle()) {
        answer(at);
        return way.finish(undefined);
      }
      const wait = sparePolls.pop() ?? new RoundWait(poller, answer, sparePolls);
      return way.finish(wait.begin(at));
    },
  };
}

/** The calls of the server's program, in order, with the one that has just run. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { callOf, resultOf } from "./names.ts";
import { goTo, session, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

/** Keeps the present line in sight, without moving the page. */
export function useInSight(key: unknown) {
  const list = useRef<HTMLOListElement>(null);
  // The key says which line is present.
  useLayoutEffect(() => {
    const { current } = list;
    const line = current?.querySelector<HTMLElement>(".now");
    if (current === null || line === null || line === undefined) return;
    current.scrollTop = line.offsetTop - current.offsetTop - current.clientHeight / 2;
  }, [key]);
  return list;
}

export function Calls() {
  const text = words.value.code;
  const { step } = snapshot.value!;
  const list = useInSight(step);
  const { steps, log } = session.value!;
  const calls = steps.flatMap(({ action, worker }, index) => {
    const call = callOf(action);
    return call === undefined ? [] : [{ call, worker, at: index + 1 }];
  });
  const now = calls.findLast(({ at }) => at <= step)?.at;
  if (calls.length === 0) return <p class="empty">{text.none}</p>;
  return (
    <ol class="lines" ref={list}>
      {calls.map(({ call, worker, at }) => (
        <li key={at} class={at === now ? "now" : at > step ? "later" : ""}>
          <button type="button" aria-current={at === now ? "step" : undefined} onClick={() => void goTo(at)}>
            <span class="at" aria-hidden="true" />
            <code>
              {worker !== undefined && worker > 0 && `[${worker}] `}
              {call}
              {at <= step && log[at - 1] !== undefined && (
                <span class="result"> = {resultOf(log[at - 1], words.value)}</span>
              )}
            </code>
          </button>
        </li>
      ))}
    </ol>
  );
}

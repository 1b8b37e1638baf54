/** Everything that has happened, the clients' deeds too: an entry is a place to jump to. */
import { nearLines, Omitted, useInSight } from "./calls.tsx";
import { meaningOf, sentenceOf } from "./names.ts";
import { goTo, session, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

/** Less is shown as 0. */
export const VISIBLE_MS = 0.05;

export function Log() {
  const { log, step } = snapshot.value!;
  const list = useInSight(step);
  if (log.length === 0) return <p class="empty">{words.value.log.none}</p>;
  // Without latency no time passes: then the number of the step says more.
  const timed = (session.value!.log.at(-1)?.time ?? 0) >= VISIBLE_MS;
  // The session's log can be longer than the snapshot's.
  const { shown } = nearLines(log, log.length - 1);
  const before = step - shown.length;
  return (
    <ol class={timed ? "entries timed" : "entries"} ref={list}>
      <Omitted count={before} />
      {shown.map((entry) => (
        <li key={entry.step} class={entry.step === step ? "now" : ""}>
          <button type="button" onClick={() => void goTo(entry.step)}>
            <span class="at">{entry.step}</span>
            {timed && <time>{words.value.ms(entry.time)}</time>}
            <i class={`sign ${meaningOf(entry)}`} />
            <span>{sentenceOf(entry, words.value)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

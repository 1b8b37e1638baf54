/** The kernel's recorded answers to the calls of a lesson, beside those of the engine. */
import type { Lesson } from "../lessons/contract.ts";
import { LINUX } from "../lessons/linux.ts";
import type { LogEntry } from "../session/snapshot.ts";
import { programCallOf, resultOf } from "./names.ts";
import { goTo, lastStep, playing, session, snapshot } from "./stage-state.ts";
import { words } from "./words.ts";

/** The kernel was asked without a sleep: a call that slept on the page, and for which nothing was there, sleeps. */
function answerTo(entry: LogEntry, outcome: LogEntry["outcome"]): LogEntry {
  const { asleep } = entry.outcome;
  const sleeps = asleep !== undefined && outcome.errno === undefined && outcome.value === 0;
  return { ...entry, outcome: sleeps ? { value: -1, asleep } : outcome };
}

function Row({ entry, outcome }: { entry: LogEntry; outcome: LogEntry["outcome"] }) {
  const text = words.value.linux;
  const { step } = entry;
  const [page, linux] = [entry, answerTo(entry, outcome)].map((one) => resultOf(one, words.value));
  const isSame = page === linux;
  return (
    <tr class={snapshot.value!.step === step ? "now" : ""}>
      <th scope="row">
        <button
          type="button"
          aria-label={`${text.step} ${step}`}
          aria-current={snapshot.value!.step === step ? "step" : undefined}
          onClick={() => {
            playing.value = false;
            void goTo(step);
          }}
        >
          {step}
        </button>
      </th>
      <td>
        <code>{programCallOf(entry, words.value)}</code>
      </td>
      <td>
        <code>{page}</code>
      </td>
      <td class={isSame ? "" : "differs"}>
        <code>{linux}</code> <span>{isSame ? `✓ ${text.same}` : `✗ ${text.differs}`}</span>
      </td>
    </tr>
  );
}

export function LinuxAnswers({ lesson }: { lesson: Lesson }) {
  const text = words.value.linux;
  const answers = LINUX.answers[lesson.id];
  const rows = session.value!.log.slice(0, lastStep.value).flatMap((entry) => {
    const outcome = answers[entry.step - 1];
    return outcome === null ? [] : [<Row key={entry.step} {...{ entry, outcome }} />];
  });
  return (
    <details class="kernel">
      <summary>{text.open}</summary>
      <p>{text.recorded(LINUX.kernel, LINUX.date)}</p>
      {rows.length === 0 ? (
        <p>{text.none}</p>
      ) : (
        <table>
          <thead>
            <tr>
              {[text.step, text.call, text.page, text.linux].map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows}</tbody>
        </table>
      )}
    </details>
  );
}

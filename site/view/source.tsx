/** The script that the session plays, with the line that has just run. */
import { nearLines, Omitted, useInSight } from "./calls.tsx";
import { goTo, session, snapshot } from "./stage-state.ts";

export function Source() {
  const { step } = snapshot.value!;
  const list = useInSight(step);
  const { log, script } = session.value!;
  const now = log[step - 1]?.line;
  /** The next step of a line, or its first one. */
  const stepOf = (line: number) =>
    (log.find((entry) => entry.line === line && entry.step > step) ?? log.find((entry) => entry.line === line))?.step;
  const { shown, before, after } = nearLines(script!.trimEnd().split("\n"), (now ?? 1) - 1);
  return (
    <ol class="lines" ref={list} style={{ counterReset: `line ${before}` }}>
      <Omitted count={before} />
      {shown.map((text, index) => {
        const line = before + index + 1;
        const target = stepOf(line);
        return (
          <li key={line} class={line === now ? "now" : ""}>
            <button
              type="button"
              disabled={target === undefined}
              aria-current={line === now ? "step" : undefined}
              onClick={() => void goTo(target!)}
            >
              <span class="at" aria-hidden="true" />
              <code>{text}</code>
            </button>
          </li>
        );
      })}
      <Omitted count={after} />
    </ol>
  );
}

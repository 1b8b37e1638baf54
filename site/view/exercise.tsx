/** Three servers to repair: an editor, the clients that try the server, and a hint that can be opened. */
import { signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import type { Exercise } from "../lab/exercises/contract.ts";
import { drain } from "../lab/exercises/drain.ts";
import { herd } from "../lab/exercises/herd.ts";
import { starvation } from "../lab/exercises/starvation.ts";
import type { CaseVerdict, Verdict } from "../lab/exercises.ts";
import { Session } from "../session/session.ts";
import { Editor } from "./editor.tsx";
import { engine, lab } from "./laboratory.ts";
import { motion } from "./preferences.ts";
import { announcement, barrier, show } from "./stage-state.ts";
import { words } from "./words.ts";

/** In the order of the course. lab/exercises.ts has the same list, and the interpreter with it, which is the worker's. */
const EXERCISES: readonly Exercise[] = [drain, starvation, herd];

/** What the reader has written, and what came of it, by the exercise's id. It lasts as long as the page. */
const sources = new Map<string, string>();
const verdicts = signal<Readonly<Record<string, Verdict | undefined>>>({});
const chosenExercise = signal(EXERCISES[0].id);

type ExerciseId = keyof typeof words.value.repair.exercises;

/** Opens the run of a case on the stage, at its end. */
async function look(data: CaseVerdict["data"]): Promise<void> {
  barrier.value = undefined;
  show(await Session.open(engine(), data));
  document.getElementById("stage")?.scrollIntoView({ behavior: motion.value ? "smooth" : "auto" });
}

function Case({ exercise, id, verdict }: { exercise: Exercise; id: string; verdict: CaseVerdict | undefined }) {
  const text = words.value.repair;
  const names: Readonly<Record<string, string>> = text.exercises[exercise.id as ExerciseId].cases;
  const { finding, message, data } = verdict ?? {};
  const state = verdict === undefined ? "" : verdict.passed ? "passed" : "failed";
  return (
    <li class={state}>
      <span class="result">
        <i class={`sign ${state}`} />
        {text.states[state === "" ? "untried" : state]}
      </span>
      <div>
        {names[id]}
        {finding !== undefined && (
          <p>
            {text.why[finding.why](finding.client ?? 0)}
            {finding.line !== undefined && ` (${words.value.code.atLine(finding.line)})`}
            {message !== undefined && `: ${message}`}
          </p>
        )}
      </div>
      {data !== undefined && data.steps.length > 0 && (
        <button type="button" aria-label={`${text.look}: ${names[id]}`} onClick={() => void look(data)}>
          {text.look}
        </button>
      )}
    </li>
  );
}

function Repair({ exercise }: { exercise: Exercise }) {
  const { id, broken, cases } = exercise;
  const text = words.value.repair;
  const own = text.exercises[id as ExerciseId];
  const source = useRef(sources.get(id) ?? broken);
  const [version, setVersion] = useState(0);
  const [busy, setBusy] = useState(false);
  const verdict = verdicts.value[id];
  const check = async () => {
    setBusy(true);
    try {
      const result = await lab().check(id, source.current);
      verdicts.value = { ...verdicts.value, [id]: result };
      announcement.value = result.passed ? text.green : text.red;
    } finally {
      setBusy(false);
    }
  };
  const reset = () => {
    sources.delete(id);
    source.current = broken;
    verdicts.value = { ...verdicts.value, [id]: undefined };
    setVersion(version + 1);
  };
  const failed = verdict?.cases.find(({ passed }) => !passed);
  return (
    <div class="repair-columns">
      <div>
        <p class="task">{own.task}</p>
        <Editor
          key={version}
          text={source.current}
          label={own.title}
          line={failed?.finding?.line}
          onInput={(changed) => sources.set(id, (source.current = changed))}
        />
        <div class="more">
          <button type="button" class="main" disabled={busy} onClick={() => void check()}>
            {busy ? text.busy : text.check}
          </button>
          <button type="button" onClick={reset}>
            {text.reset}
          </button>
        </div>
      </div>
      <div>
        <p class={`banner ${verdict === undefined ? "" : verdict.passed ? "passed" : "failed"}`}>
          {verdict === undefined ? text.untried : verdict.passed ? text.green : text.red}
        </p>
        <ul class="cases">
          {cases.map(({ id: caseId }) => (
            <Case
              key={caseId}
              exercise={exercise}
              id={caseId}
              verdict={verdict?.cases.find((one) => one.id === caseId)}
            />
          ))}
        </ul>
        <details class="hint" key={id}>
          <summary>{text.hint}</summary>
          <p>{own.hint}</p>
        </details>
      </div>
    </div>
  );
}

export function Exercises() {
  const text = words.value.repair;
  const exercise = EXERCISES.find(({ id }) => id === chosenExercise.value)!;
  return (
    <>
      <fieldset class="choices">
        <legend class="hidden">{text.choose}</legend>
        {EXERCISES.map(({ id }) => (
          <button
            key={id}
            type="button"
            aria-pressed={id === chosenExercise.value}
            onClick={() => (chosenExercise.value = id)}
          >
            <i
              class={`sign ${verdicts.value[id] === undefined ? "" : verdicts.value[id]!.passed ? "passed" : "failed"}`}
            />
            {text.exercises[id as ExerciseId].title}
          </button>
        ))}
      </fieldset>
      <Repair key={exercise.id} exercise={exercise} />
    </>
  );
}

/** What the program does: its calls or its script, and an editor to change it. */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { End } from "../lab/run.ts";
import { Session } from "../session/session.ts";
import { Calls } from "./calls.tsx";
import { engine, lab } from "./laboratory.ts";
import { later } from "./later.tsx";
import { scriptOf } from "./script.ts";
import { Source } from "./source.tsx";
import { barrier, session, show } from "./stage-state.ts";
import { words } from "./words.ts";

const Editor = later(async () => (await import("./benches.ts")).Editor);

const editing = signal(false);
const running = signal(false);
/** How the last script has ended. */
const end = signal<End | undefined>(undefined);

async function run(source: string): Promise<void> {
  running.value = true;
  try {
    const result = await lab().run(source, session.value!.settings);
    end.value = result.end;
    if (result.log.length === 0) return;
    barrier.value = undefined;
    show(await Session.open(engine(), result.data));
    editing.value = result.end.kind !== "done" && result.end.kind !== "asleep";
  } catch (error) {
    end.value = { kind: "error", message: String(error) };
  } finally {
    running.value = false;
  }
}

function Ending() {
  if (end.value === undefined) return null;
  const { kind, line, message } = end.value;
  const text = words.value.code;
  const stopped = kind !== "done" && kind !== "asleep";
  return (
    <p class={stopped ? "ending wrong" : "ending"} role="status">
      {text.ends[kind]}
      {stopped && line !== undefined && ` (${text.atLine(line)})`}
      {stopped && `: ${message}`}
    </p>
  );
}

export function Code() {
  const text = words.value.code;
  const { script, log } = session.value!;
  const source = useRef("");
  const start = () => {
    source.current = script ?? scriptOf(log);
    end.value = undefined;
    editing.value = true;
  };
  return (
    <>
      {editing.value ? (
        <Editor
          text={source.current}
          label={text.label}
          line={end.value?.line}
          onInput={(changed) => (source.current = changed)}
        />
      ) : script === undefined ? (
        <Calls />
      ) : (
        <Source />
      )}
      <Ending />
      <div class="more">
        {editing.value ? (
          <>
            <button type="button" class="main" disabled={running.value} onClick={() => void run(source.current)}>
              {text.run}
            </button>
            <button type="button" onClick={() => (editing.value = false)}>
              {text.back}
            </button>
          </>
        ) : (
          <button type="button" onClick={start}>
            {text.edit}
          </button>
        )}
      </div>
    </>
  );
}

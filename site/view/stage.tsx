/** The panes of the stage: side by side on a wide screen, one with tabs on a phone. */
import type { ComponentType } from "preact";
import { Code } from "./code.tsx";
import { Instances } from "./instance.tsx";
import { Log } from "./log.tsx";
import { Memory } from "./memory.tsx";
import { isNarrow } from "./preferences.ts";
import { Sockets } from "./sockets.tsx";
import { type StagePane, snapshot, tab } from "./stage-state.ts";
import { words } from "./words.ts";

const CONTENT: Readonly<Record<StagePane, ComponentType>> = {
  sockets: Sockets,
  instance: Instances,
  memory: Memory,
  code: Code,
  log: Log,
};

/** Classes for one and two panes above the code and the log. */
const UPPER = ["", "one", "two"];

/** Arrows, Home and End move between tabs, as in any list of tabs. */
function onTabKey(event: KeyboardEvent, panes: readonly StagePane[]): void {
  const at = panes.indexOf(tab.value);
  const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: panes.length - 1 }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  tab.value = panes[(target + panes.length) % panes.length];
  document.getElementById(`tab-${tab.value}`)?.focus();
}

function Tabs({ panes }: { panes: readonly StagePane[] }) {
  return (
    <div class="tabs" role="tablist" aria-label={words.value.tabs} onKeyDown={(event) => onTabKey(event, panes)}>
      {panes.map((pane) => (
        <button
          key={pane}
          type="button"
          role="tab"
          id={`tab-${pane}`}
          aria-selected={tab.value === pane}
          aria-controls={`pane-${pane}`}
          tabIndex={tab.value === pane ? 0 : -1}
          onClick={() => (tab.value = pane)}
        >
          {words.value.panes[pane]}
        </button>
      ))}
    </div>
  );
}

function Legend() {
  const { label, ...meanings } = words.value.legend;
  return (
    <ul class="legend" aria-label={label}>
      {Object.entries(meanings).map(([meaning, text]) => (
        <li key={meaning}>
          <i class={`sign ${meaning}`} />
          {text}
        </li>
      ))}
    </ul>
  );
}

/** `drawn`: the panes that have their content already. */
export function Stage({ panes, drawn }: { panes: readonly StagePane[]; drawn: readonly StagePane[] }) {
  const { headings, memory } = words.value;
  const shown = panes.includes(tab.value) ? tab.value : panes[0];
  if (shown !== tab.value) tab.value = shown;
  const upper = panes.filter((pane) => pane !== "code" && pane !== "log").length;
  return (
    <>
      <Tabs panes={panes} />
      <div class={`stage ${UPPER[upper] ?? ""}`} id="stage" tabIndex={-1}>
        {panes.map((pane) => {
          const Content = CONTENT[pane];
          return (
            <section
              key={pane}
              id={`pane-${pane}`}
              class={`pane ${pane}${pane === shown ? " shown" : ""}`}
              aria-label={headings[pane]}
            >
              <h2>
                {headings[pane]}
                {pane === "memory" && <small>{memory.size(snapshot.value!.memory.size)}</small>}
              </h2>
              <div class="inside">{(isNarrow.value ? pane === shown : drawn.includes(pane)) && <Content />}</div>
            </section>
          );
        })}
      </div>
      <Legend />
    </>
  );
}

/** The engine's structures in linear memory: a cell for each byte, the field's name under it, changed bytes marked. */
import { useMemo, useRef, useState } from "preact/hooks";
import type { FieldState, Region } from "../session/snapshot.ts";
import { bitNames, isInstance, nameOf } from "./names.ts";
import { type ChosenField, chosen, field, pointed, snapshot } from "./stage-state.ts";
import { useTurns } from "./turns.ts";
import { words } from "./words.ts";

/** Structures that a pane shows before the reader asks for all. */
const FEW = 3;
const STATES = ["IDLE", "QUEUED", "SILENT"];

/** Which meaning a field has, and so its colour. */
const TONES: Readonly<Record<string, string>> = {
  events: "interest",
  known: "data",
  revents: "delivered",
  state: "ready",
  readyNext: "ready",
  readyPrev: "ready",
  readyCount: "ready",
  readyHead: "ready",
  readyTail: "ready",
  lastDelivery: "delivered",
  since: "delivered",
  asleep: "asleep",
};

const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;

/** What the value says, where it is more than a number. */
function meaningOf(region: Region, { name, value, to }: FieldState, target: Region | undefined): string {
  if (name === "state") return STATES[Number(value)] ?? String(value);
  if (name === "events" || name === "known" || name === "revents") return bitNames(Number(value));
  if (name === "fd" && isInstance(Number(value))) return nameOf(Number(value));
  if (to === undefined) return String(value);
  const text = words.value.memory;
  return target === undefined || target === region
    ? `${text.followed} ${hex(to)}`
    : `${text.followed} ${hex(to)} (${text.structures[target.structure]} ${nameOf(target.fd)})`;
}

interface CellsProps {
  readonly region: Region;
  readonly part: FieldState;
  /** What it points to. */
  readonly target: Region | undefined;
  readonly isChosen: boolean;
  readonly step: number;
}

function Cells({ region, part, target, isChosen, step }: CellsProps) {
  const here: ChosenField = { region: region.address, offset: part.offset };
  const bytes = [...region.bytes.subarray(part.offset, part.offset + part.size)];
  const choose = () => {
    field.value = isChosen ? undefined : here;
    if (!isChosen) chosen.value = region.structure === "Instance" ? region.ep : region.fd;
  };
  return (
    <button
      type="button"
      class={`field ${TONES[part.name] ?? ""}`}
      style={{ maxWidth: `${24 * part.size + 5}px` }}
      aria-pressed={isChosen}
      tabIndex={part.offset === 0 ? 0 : -1}
      onClick={choose}
      onMouseEnter={() => (pointed.value = here)}
      onFocus={() => (pointed.value = here)}
    >
      <span class="bytes" aria-hidden="true">
        {bytes.map((byte, index) => {
          const changed = region.changed[part.offset + index] === 1;
          return (
            <span
              // A byte is its place. The value makes a changed byte glow anew.
              key={`${index}-${changed ? `${byte}@${step}` : ""}`}
              class={changed ? "changed" : byte === 0 ? "zero" : ""}
            >
              {byte.toString(16).padStart(2, "0")}
            </span>
          );
        })}
      </span>
      <span class="label">{part.name}</span>
      <span class="hidden">{`: ${meaningOf(region, part, target)}${part.changed ? `, ${words.value.memory.changed}` : ""}`}</span>
    </button>
  );
}

const fieldsOf = ({ currentTarget }: Event) => [...(currentTarget as HTMLElement).querySelectorAll("button")];

/** Arrows, Home and End move between the fields of a structure, which are one stop of the Tab key: the ARIA pattern of a toolbar. */
function onFieldKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const fields = fieldsOf(event);
  const at = fields.indexOf(event.target as HTMLButtonElement);
  const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: fields.length - 1 }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  fields[(target + fields.length) % fields.length].focus();
}

/** Tab comes back to the field that it has left. The element alone knows this: to draw a structure again costs more. */
function onFieldFocus(event: FocusEvent): void {
  for (const one of fieldsOf(event)) one.tabIndex = one === event.target ? 0 : -1;
}

/** Structures by their addresses. */
type Targets = ReadonlyMap<number, Region>;

/** A structure. There can be hundreds, so that it is drawn again only if something of it differs. */
function Structure({ region, targets }: { region: Region; targets: Targets }) {
  const { step } = snapshot.value!;
  const text = words.value.memory;
  const place = field.value?.region === region.address ? field.value.offset : undefined;
  const pointers = region.fields.map(({ to }) => (to === undefined ? undefined : targets.get(to)));
  const changes = region.changed.includes(1) ? step : "";
  const state = `${region.structure} ${region.fd} ${region.ep} ${region.bytes} ${changes}`;
  const names = pointers.map((target) => target && `${target.structure} ${target.fd}`).join();
  // The dependencies say all that the vnode is made of.
  return useMemo(() => structureOf(region, pointers, place, step), [state, names, place, text]);
}

function structureOf(
  region: Region,
  pointers: readonly (Region | undefined)[],
  place: number | undefined,
  step: number,
) {
  const text = words.peek().memory;
  return (
    <section class="structure" aria-label={`${text.structures[region.structure]} ${nameOf(region.fd)}`}>
      <h3>
        {text.structures[region.structure]} {nameOf(region.fd)}
        {region.ep !== undefined && region.ep !== region.fd && <small>{nameOf(region.ep)}</small>}
        <code>{hex(region.address)}</code>
      </h3>
      <div class="fields" role="toolbar" aria-label={text.fields} onKeyDown={onFieldKey} onFocusCapture={onFieldFocus}>
        {region.fields.map((part, index) => (
          <Cells
            key={part.offset}
            {...{ region, part, step, target: pointers[index], isChosen: part.offset === place }}
          />
        ))}
      </div>
    </section>
  );
}

/** Reads the field under the pointer, or the chosen one, aloud in words. */
function Meaning() {
  const text = words.value.memory;
  const { regions } = snapshot.value!.memory;
  const place = pointed.value ?? field.value;
  const region = regions.find(({ address }) => address === place?.region);
  const part = region?.fields.find(({ offset }) => offset === place!.offset);
  if (region === undefined || part === undefined) return <p class="meaning empty">{text.hint}</p>;
  return (
    <p class="meaning">
      <b>
        {text.structures[region.structure]} {nameOf(region.fd)}.{part.name}
      </b>{" "}
      {meaningOf(
        region,
        part,
        regions.find(({ address }) => address === part.to),
      )}
      {part.changed && ` · ${text.changed}`}
    </p>
  );
}

export function Memory() {
  const { regions } = snapshot.value!.memory;
  const [all, showAll] = useState(false);
  const text = words.value.memory;
  // Only the structures of the chosen descriptor. A click on a field chooses too, but must not move the field away.
  const before = useRef(chosen.value);
  if (field.value === undefined) before.current = chosen.value;
  const target = before.current;
  const about = regions.filter(({ fd, ep, structure }) =>
    target === undefined ? structure !== "Descriptor" : fd === target || (structure === "Instance" && ep === target),
  );
  const turn = useTurns(all ? Math.ceil(regions.length / FEW) : 1);
  const shown = all ? regions.slice(0, turn * FEW) : about.slice(0, FEW);
  const targets = new Map(regions.map((region) => [region.address, region]));
  return (
    <>
      {regions.length === 0 && <p class="empty">{text.none}</p>}
      {regions.length > 0 && <Meaning />}
      <div class={all ? "structures many" : "structures"}>
        {shown.map((region) => (
          <Structure key={region.address} {...{ region, targets }} />
        ))}
      </div>
      {(all || regions.length > shown.length) && (
        <div class="more">
          <button type="button" onClick={() => showAll(!all)}>
            {all ? text.less : text.more}
          </button>
        </div>
      )}
    </>
  );
}

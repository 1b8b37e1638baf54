/** The engine's structures in linear memory: a cell for each byte, the field's name under it, changed bytes marked. */
import { useRef, useState } from "preact/hooks";
import type { FieldState, Region } from "../session/snapshot.ts";
import { bitNames, isInstance, nameOf } from "./names.ts";
import { type ChosenField, chosen, field, pointed, snapshot } from "./stage-state.ts";
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
function meaningOf(region: Region, { name, value, to }: FieldState): string {
  if (name === "state") return STATES[Number(value)] ?? String(value);
  if (name === "events" || name === "known" || name === "revents") return bitNames(Number(value));
  if (name === "fd" && isInstance(Number(value))) return nameOf(Number(value));
  if (to === undefined) return String(value);
  const target = snapshot.value!.memory.regions.find(({ address }) => address === to);
  const text = words.value.memory;
  return target === undefined || target === region
    ? `${text.followed} ${hex(to)}`
    : `${text.followed} ${hex(to)} (${text.structures[target.structure]} ${nameOf(target.fd)})`;
}

function Cells({ region, part }: { region: Region; part: FieldState }) {
  const here: ChosenField = { region: region.address, offset: part.offset };
  const isChosen = field.value?.region === here.region && field.value.offset === here.offset;
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
              key={`${index}-${changed ? `${byte}@${snapshot.value!.step}` : ""}`}
              class={changed ? "changed" : byte === 0 ? "zero" : ""}
            >
              {byte.toString(16).padStart(2, "0")}
            </span>
          );
        })}
      </span>
      <span class="label">{part.name}</span>
      <span class="hidden">{`: ${meaningOf(region, part)}${part.changed ? `, ${words.value.memory.changed}` : ""}`}</span>
    </button>
  );
}

function Structure({ region }: { region: Region }) {
  const text = words.value.memory;
  return (
    <section class="structure" aria-label={`${text.structures[region.structure]} ${nameOf(region.fd)}`}>
      <h3>
        {text.structures[region.structure]} {nameOf(region.fd)}
        {region.ep !== undefined && region.ep !== region.fd && <small>{nameOf(region.ep)}</small>}
        <code>{hex(region.address)}</code>
      </h3>
      <div class="fields">
        {region.fields.map((part) => (
          <Cells key={part.offset} {...{ region, part }} />
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
      {meaningOf(region, part)}
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
  const shown = all ? regions : about.slice(0, FEW);
  return (
    <>
      {regions.length === 0 && <p class="empty">{text.none}</p>}
      {regions.length > 0 && <Meaning />}
      {shown.map((region) => (
        <Structure key={region.address} region={region} />
      ))}
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

/** A descriptor's name, as a button that highlights it in all panes. */
import { nameOf } from "./names.ts";
import { chosen, field } from "./stage-state.ts";

export function choose(fd: number): void {
  chosen.value = chosen.value === fd ? undefined : fd;
  field.value = undefined;
}

export function Descriptor({ fd }: { fd: number }) {
  const isChosen = chosen.value === fd;
  return (
    <button type="button" class={isChosen ? "fd chosen" : "fd"} aria-pressed={isChosen} onClick={() => choose(fd)}>
      {nameOf(fd)}
    </button>
  );
}

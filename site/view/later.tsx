/** Parts of the page whose code is loaded when they are first drawn. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { problem } from "./stage-state.ts";

/** A component that is empty until its code has come. Without a connection, it is asked for again when it is drawn again. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const loaded = signal<ComponentType<Props> | undefined>(undefined);
  let asked = false;
  const ask = async (): Promise<void> => {
    asked = true;
    try {
      loaded.value = await load();
    } catch {
      asked = false;
      problem.value = "engine";
    }
  };
  return (props: Props) => {
    const Loaded = loaded.value;
    if (Loaded !== undefined) return <Loaded {...props} />;
    if (!asked) void ask();
    return null;
  };
}

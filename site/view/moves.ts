/** Moves elements from where they were to where they are: an element is known by its `data-move`, in whatever parent it is. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { motion } from "./preferences.ts";

const TIMING: KeyframeAnimationOptions = { duration: 420, easing: "cubic-bezier(0.3, 0.8, 0.3, 1)" };

/** Returns the ref of the container. `key` changes when elements may have moved. */
export function useMoves(key: unknown) {
  const container = useRef<HTMLDivElement>(null);
  const places = useRef(new Map<string, DOMRect>());
  // The key stands for what the container shows.
  useLayoutEffect(() => {
    const before = places.current;
    const after = new Map<string, DOMRect>();
    const origin = container.current?.getBoundingClientRect();
    if (origin === undefined) return;
    for (const element of container.current!.querySelectorAll<HTMLElement>("[data-move]")) {
      const rect = element.getBoundingClientRect();
      const place = new DOMRect(rect.x - origin.x, rect.y - origin.y, rect.width, rect.height);
      after.set(element.dataset.move!, place);
      const old = before.get(element.dataset.move!);
      if (!motion.value || old === undefined || (old.x === place.x && old.y === place.y)) continue;
      element.animate({ translate: [`${old.x - place.x}px ${old.y - place.y}px`, "0 0"], zIndex: [2, 2] }, TIMING);
    }
    places.current = after;
  }, [key]);
  return container;
}

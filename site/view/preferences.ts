/** What the reader has chosen about the page itself: language, colours, motion. Kept in the browser if it allows that. */
import { effect, signal } from "@preact/signals";
import type { Language } from "../lessons/contract.ts";

type Theme = "light" | "dark";

const root = document.documentElement;

/** Storage may be forbidden. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice lasts as long as the page.
  }
}

const systemTheme = matchMedia("(prefers-color-scheme: dark)");
const systemMotion = matchMedia("(prefers-reduced-motion: reduce)");

export const language = signal<Language>(root.lang === "zh" ? "zh" : "en");
export const theme = signal<Theme>(
  (root.dataset.theme as Theme | undefined) ?? (systemTheme.matches ? "dark" : "light"),
);
/** Whether things move on the screen. */
export const motion = signal(stored("motion") === null ? !systemMotion.matches : stored("motion") === "on");

const phone = matchMedia("(max-width: 767px)");
/** Whether one pane is shown at a time, as styles/panes.css has it. */
export const isNarrow = signal(phone.matches);
phone.addEventListener("change", ({ matches }) => (isNarrow.value = matches));

export function chooseLanguage(choice: Language): void {
  language.value = choice;
  store("language", choice);
}

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  root.dataset.theme = choice;
  store("theme", choice);
}

export function chooseMotion(on: boolean): void {
  motion.value = on;
  store("motion", on ? "on" : "off");
}

systemTheme.addEventListener("change", ({ matches }) => {
  if (stored("theme") === null) theme.value = matches ? "dark" : "light";
});
systemMotion.addEventListener("change", ({ matches }) => (motion.value = !matches));
effect(() => {
  root.lang = language.value;
});
effect(() => {
  root.classList.toggle("still", !motion.value);
});

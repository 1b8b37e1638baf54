/** The chapters of the course in the chosen language. The other language is loaded when it is chosen. */
import { effect, signal } from "@preact/signals";
import type { Chapter } from "../lessons/chapter.ts";
import type { Language } from "../lessons/lesson.ts";
import { language } from "./preferences.ts";

export type Chapters = Readonly<Record<string, Chapter>>;

const LOADERS: Readonly<Record<Language, () => Promise<{ default: Chapters }>>> = {
  en: () => import("course:en"),
  zh: () => import("course:zh"),
};

/** Undefined until the first language is loaded. */
export const chapters = signal<Chapters | undefined>(undefined);

effect(() => {
  const wanted = language.value;
  void LOADERS[wanted]().then(({ default: loaded }) => {
    if (language.value === wanted) chapters.value = loaded;
  });
});

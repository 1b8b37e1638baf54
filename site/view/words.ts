/** The words of the chosen language: the dictionary of the page, and the chapters of the course. The other language is loaded when it is chosen. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Chapter } from "../lessons/chapter.ts";
import type { Language } from "../lessons/lesson.ts";
import type { Words } from "../text/en.ts";
import { language } from "./preferences.ts";

type Chapters = Readonly<Record<string, Chapter>>;

const LOADERS: Readonly<Record<Language, () => Promise<readonly [Words, Chapters]>>> = {
  en: async () => [(await import("../text/en.ts")).en, (await import("course:en")).default],
  zh: async () => [(await import("../text/zh.ts")).zh, (await import("course:zh")).default],
};

const dictionary = signal<Words | undefined>(undefined);
/** Undefined until the first language is loaded, as `words` is. */
export const chapters = signal<Chapters | undefined>(undefined);
/** Parts of the page that are loaded after `spoken` may take it as there. */
export const words = computed(() => dictionary.value!);

/** Resolves when the first language is loaded. */
export const spoken: Promise<void> = new Promise((resolve, reject) => {
  effect(() => {
    const wanted = language.value;
    LOADERS[wanted]().then(([text, course]) => {
      if (language.value !== wanted) return;
      batch(() => {
        dictionary.value = text;
        chapters.value = course;
      });
      resolve();
    }, reject);
  });
});

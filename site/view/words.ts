/** The words of the chosen language: the dictionary of the page, and the chapters of the course. The other language is loaded when it is chosen. */
import { batch, computed, effect, signal } from "@preact/signals";
import type { Chapter } from "../lessons/chapter.ts";
import type { Language } from "../lessons/contract.ts";
import type { Words } from "../text/en.ts";
import { language } from "./preferences.ts";

type Chapters = Readonly<Record<string, Chapter>>;

const LOADERS: Readonly<Record<Language, () => Promise<{ words: Words; course: Chapters }>>> = {
  en: () => import("../text/spoken-en.ts"),
  zh: () => import("../text/spoken-zh.ts"),
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
    LOADERS[wanted]().then((loaded) => {
      if (language.value !== wanted) return;
      batch(() => {
        dictionary.value = loaded.words;
        chapters.value = loaded.course;
      });
      resolve();
    }, reject);
  });
});

/** The dictionary of the chosen language. */
import { computed } from "@preact/signals";
import { en, type Words } from "../text/en.ts";
import { zh } from "../text/zh.ts";
import { language } from "./preferences.ts";

const DICTIONARIES: Readonly<Record<"en" | "zh", Words>> = { en, zh };

export const words = computed(() => DICTIONARIES[language.value]);

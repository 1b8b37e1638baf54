/** All words of the page in one language: a file that is loaded when the language is chosen. */
export { default as course } from "course:en";
export { en as words } from "./en.ts";

/** The parts of the page that are loaded when one of them is first drawn. One file, because small files compress badly. */
export { Costs } from "./costs.tsx";
export { Editor } from "./editor.tsx";
export { Exercises } from "./exercise.tsx";
export { Models } from "./models.tsx";
export { Run } from "./run.tsx";

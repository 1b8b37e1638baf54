/**
 * Starts the page. index.html has shown its first lines by then.
 *
 * Each part is loaded at once and run in a task of its own, so that the browser can draw between two of them: the words, the
 * code, the session, the view. The build preloads `START` of scripts/static-site.mjs, so that no part waits for the one before.
 */
import { letOthersRun } from "../session/slices.ts";
import { loadEngine } from "./laboratory.ts";
import { spoken } from "./words.ts";

const engine = loadEngine();
await spoken;
await letOthersRun();
const { begin, draw } = await import("./app.tsx");
await begin(engine);
await letOthersRun();
draw(document.getElementById("page")!);

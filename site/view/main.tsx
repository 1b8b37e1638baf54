/** Starts the page. index.html has shown its first lines by then. */
import { render } from "preact";
import { App } from "./app.tsx";
import { begin } from "./visit.ts";

await begin();
// Opening the session was one task, and drawing it is another: the browser may do its own in between.
await new Promise((resume) => setTimeout(resume));
const page = document.getElementById("page")!;
page.replaceChildren();
render(<App />, page);

/** Starts the page. index.html has shown its first lines by then. */
import { render } from "preact";
import { App } from "./app.tsx";
import { begin } from "./visit.ts";

await begin();
const page = document.getElementById("page")!;
page.replaceChildren();
render(<App />, page);

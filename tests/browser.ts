/** A headless browser, and this project's folder as its site. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "../runtimes/browser.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** No test looks at pixels, and without a graphics card they take a third of the time. */
const TRANSPARENT = `new MutationObserver((_, observer) => {
  if (document.documentElement === null) return;
  document.documentElement.style.opacity = 0;
  observer.disconnect();
}).observe(document, { childList: true })`;

/** Draws the page, until it is loaded anew. */
export const draw = (page: Page): Promise<unknown> => page.evaluate("document.documentElement.style.opacity = ''");

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const file = path.join(process.cwd(), new URL(request.url!, "http://localhost").pathname);
  try {
    const content = await readFile(file);
    response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "text/plain" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

export class Site implements AsyncDisposable {
  readonly #server = http.createServer(serve);
  #browser: Browser | undefined;

  static async open(): Promise<Site> {
    const site = new Site();
    site.#server.listen(0, "127.0.0.1");
    await once(site.#server, "listening");
    site.#browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    return site;
  }

  /** A new page without an address, in a profile of its own. It is laid out as ever, and drawn transparent until `draw`. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.#browser!.newPage(options);
    await page.addInitScript(TRANSPARENT);
    return page;
  }

  /** Serves a file by its path in the project. */
  address(file: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${file}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser?.close();
    this.#server.close();
  }
}

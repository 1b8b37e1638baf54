/** What axe finds in a page. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { draw } from "../browser.ts";

/**
 * Rules that the page breaks, and the first place of each.
 *
 * @param only - ids of rules; default: all
 */
export async function violations(page: Page, only?: readonly string[]): Promise<string[][]> {
  // axe measures contrast in what is drawn.
  await draw(page);
  await page.evaluate(`globalThis.axe === undefined && (() => { ${axe.source} })()`);
  // Without the places of rules that are kept: to describe those takes as long as to find them.
  const options = JSON.stringify({ resultTypes: ["violations"], runOnly: only });
  const broken = "({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html])";
  return page.evaluate(`axe.run(${options}).then(${broken})`);
}

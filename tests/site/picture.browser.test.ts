/** The picture of the page in README. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Site } from "../browser.ts";

const { keyOfPicture, PROFILE, pose } = await import(new URL("../../scripts/site-picture.mjs", import.meta.url).href);

let site: Site;

beforeAll(async () => {
  site = await Site.open();
});
afterAll(() => site[Symbol.asyncDispose]());

it("shows the page as it is", async () => {
  const page = await site.page(PROFILE);
  const key = await pose(page, site.address("dist/site/index.html"));
  expect(key, "docs/images/page.png is out of date: npm run site -- --picture").toBe(keyOfPicture());
});

/** What a reader does with the live page on a phone, as far as it may be slow. `load` is not measured, `act` is. */

const STEPS = 4000;
const SOCKETS = 255;
const CROWD = 60_000;
const CROWD_STEP = 1000;
const HOUR_MS = 3_600_000;

/** The fragment of a session at its end: site/session/address.ts has the letters. */
const sandbox = (steps) => `#sandbox/1!1!64!0!${steps.length.toString(36)}!${steps.join("_")}!`;
const at = (number) => number.toString(36);
const repeated = (count, step) => Array.from({ length: count }, (_, index) => step(index));

/** Connections that one instance watches; each has data. */
const MANY = sandbox([
  ...["l", "E"],
  ...repeated(SOCKETS, (index) => ["c3", "a3", `C*0.0.${at(index + 4)}.1`, `d${at(index + 1)}.1`]).flat(),
  "W*0.8.0",
]);
const LONG = sandbox([
  ...["l", "E", "c3", "a3", "C*0.0.4.1"],
  ...repeated((STEPS - 7) / 3, () => ["d1.a", "W*0.8.0", "r4"]).flat(),
  ...["r4", "W*0.8.0"],
]);
const CROWDED = sandbox(["l", "E", ...repeated(CROWD / CROWD_STEP, () => `m${at(CROWD_STEP)}.*0`), "c3", "a3"]);

/** All pieces of the page are drawn. */
const drawn = (page) => page.locator("main[aria-busy=false] .foot").waitFor({ timeout: 60_000 });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const shown = (page, text) => page.locator(".where b", { hasText: text }).waitFor({ timeout: 60_000 });
const opening = (fragment) => async (page, address) => {
  await page.goto(address + fragment);
  await drawn(page);
};

async function write(page, label, text) {
  await page.getByRole("textbox", { name: label }).click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

async function runScript(page, text) {
  await page.getByRole("tab", { name: "Calls" }).click();
  await button(page, "Edit").click();
  await write(page, "Script", text);
  await button(page, "Run").click();
  await page.locator(".ending").waitFor({ timeout: 60_000 });
}

async function everyTab(page) {
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await page.waitForTimeout(200);
  }
}

/** Chromium plays the hour: every timer that would end in it ends. */
async function hour(page, client) {
  await page.evaluate(() => document.querySelector("select").dispatchEvent(new Event("change")));
  const over = new Promise((resolve) => client.once("Emulation.virtualTimeBudgetExpired", resolve));
  await client.send("Page.setWebLifecycleState", { state: "frozen" });
  await client.send("Page.setWebLifecycleState", { state: "active" });
  await client.send("Emulation.setVirtualTimePolicy", { policy: "advance", budget: HOUR_MS });
  await over;
}

/** `load` true: `act` opens the page, over a phone's network. */
export const SCENES = [
  { name: "load a lesson", act: opening("#level-and-edge"), isLoad: true },
  { name: "load a lesson in Chinese", act: opening("#level-and-edge"), isLoad: true, locale: "zh-CN" },
  { name: `load ${STEPS.toLocaleString("en")} steps from an address`, act: opening(LONG), isLoad: true },
  {
    name: "answer and play, at each speed",
    load: opening("#level-and-edge"),
    async act(page) {
      await page.getByRole("radio").first().check();
      await page.getByRole("button", { name: "Answer and run" }).click();
      for (const speed of ["slow", "normal", "fast"]) {
        await page.getByRole("combobox").first().selectOption(speed);
        await page.waitForTimeout(2000);
      }
    },
  },
  {
    name: "go through the lessons",
    load: opening("#two-phases"),
    async act(page) {
      for (const link of await page.locator(".lessons a").all()) {
        await link.click();
        await drawn(page);
      }
    },
  },
  {
    name: "change the language",
    load: opening("#sandbox"),
    async act(page) {
      await button(page, "中文").click();
      await page.locator("html[lang=zh] h1").waitFor();
      await page.waitForTimeout(500);
    },
  },
  {
    name: `${SOCKETS} sockets: open each pane`,
    load: opening(MANY),
    act: everyTab,
  },
  {
    name: `${SOCKETS} sockets: step in each pane`,
    load: opening(MANY),
    async act(page) {
      for (const tab of await page.getByRole("tab").all()) {
        await tab.click();
        await page.getByRole("button", { name: "One step back" }).click();
        await page.waitForTimeout(500);
      }
    },
  },
  {
    name: `${SOCKETS} sockets: all structures in memory`,
    load: opening(MANY),
    async act(page) {
      await page.getByRole("tab", { name: "Memory" }).click();
      await button(page, "Show all structures").click();
      await page.waitForTimeout(1500);
      await page.getByRole("button", { name: "One step back" }).click();
      await page.waitForTimeout(1000);
    },
  },
  {
    name: `${CROWD.toLocaleString("en")} watches: step back`,
    load: opening(CROWDED),
    async act(page) {
      await page.getByRole("button", { name: "One step back" }).click();
      await shown(page, "63 of");
    },
  },
  {
    name: `measure ${CROWD.toLocaleString("en")} sockets`,
    load: opening("#epoll"),
    async act(page) {
      await page.getByRole("slider", { name: /^N / }).fill("159");
      await page.locator(".bars").waitFor({ timeout: 60_000 });
    },
  },
  {
    name: `step back from step ${STEPS.toLocaleString("en")}`,
    load: opening(LONG),
    async act(page) {
      await everyTab(page);
      await page.getByRole("button", { name: "One step back" }).click();
      await shown(page, `${STEPS - 1} of`);
    },
  },
  {
    name: "run a script that never ends",
    load: opening("#sandbox"),
    act: (page) => runScript(page, "while (true) {}"),
  },
  {
    name: "run a script of as many steps as fit",
    load: opening("#sandbox"),
    act: (page) => runScript(page, "const fd = listen();\nwhile (true) { connect(fd); accept(fd); }"),
  },
  {
    name: "repair a server",
    load: opening("#repair"),
    async act(page) {
      await button(page, "Try it with the clients").click();
      await page.locator(".banner", { hasText: "It is not right yet." }).waitFor();
    },
  },
  {
    name: "play the models",
    load: opening("#five-models"),
    async act(page) {
      await button(page, "Run").click();
      await page.waitForTimeout(3000);
    },
  },
  {
    name: "leave it playing for an hour",
    load: opening("#level-and-edge"),
    async act(page, _address, client) {
      await page.getByRole("radio").first().check();
      await page.getByRole("button", { name: "Answer and run" }).click();
      await hour(page, client);
    },
  },
];

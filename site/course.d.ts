/** Made by scripts/static-site.mjs from docs/performance.md. */
declare module "measured:linux" {
  const costs: import("./lab/linux-costs.ts").LinuxCosts;
  export default costs;
}

/** Made by scripts/static-site.mjs from docs/course: chapters by the names of their files, with HTML in place of Markdown. */
declare module "course:en" {
  const chapters: Readonly<Record<string, import("./lessons/chapter.ts").Chapter>>;
  export default chapters;
}

declare module "course:zh" {
  const chapters: Readonly<Record<string, import("./lessons/chapter.ts").Chapter>>;
  export default chapters;
}

/** Prism without its own languages. */
declare module "prismjs/components/prism-core.js" {
  export * from "prismjs";
  export { default } from "prismjs";
}

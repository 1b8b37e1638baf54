/** The live page as a part of the build: static files with relative paths, in dist/site. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { build, transform } from "esbuild";
import { Marked } from "marked";
import { WITHOUT_NODE } from "./bundles.mjs";

const OUT = "dist/site";
/** main.js is the page. worker.js runs edited scripts, so that a script that never ends does not stop the page. */
const ENTRIES = { main: "site/view/main.tsx", worker: "site/lab/worker.ts", style: "site/styles/style.css" };
/** What main.tsx loads when the page starts. */
const START = ["site/view/main.tsx", "site/view/app.tsx"];
/** A part of index.html, so that the first paint waits for one file. */
const STYLE = "style.css";
const FONTS = ["@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2"];
const PACKAGES = ["esbuild", "marked", "preact", "@preact/signals", "codejar", "prismjs"];

const options = {
  entryPoints: ENTRIES,
  outdir: OUT,
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  external: ["*.woff2"],
  logLevel: "warning",
  logOverride: { "ignored-bare-import": "silent" },
};

/** What the library loads later for other guests: the page never does. */
const UNUSED = /\/(component-guest|module-guest|linker|tracer)\.ts$|^pollux\/wasm\//;
/** WasmEdge's calls, which core.wasm does not import. */
const WASMEDGE = /\/bindings\/wasmedge\/index\.ts$/;
const NO_WASMEDGE = "export const WAITS = new Set(); export const wasmedge = () => ({});";
const withoutUnused = {
  name: "without-unused",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "unused", namespace: "unused" } : undefined,
    );
    onResolve({ filter: WASMEDGE }, () => ({ path: "wasmedge", namespace: "none" }));
    onLoad({ filter: /./, namespace: "none" }, () => ({ contents: NO_WASMEDGE }));
    onLoad({ filter: /./, namespace: "unused" }, () => ({
      contents: 'throw new Error("not a part of this page");',
    }));
  },
};

/** No check of a regular expression: the interpreter refuses it as a value. */
const UNCHECKED = `var RegExpValidationState = function() {};
RegExpValidationState.prototype.reset = pp$1.validateRegExpFlags = pp$1.validateRegExpPattern = function() {};
`;

/** Parts of acorn that a browser has itself, or that only regular expressions need, which scripts of the page cannot have. */
const ACORN = [
  [/^var nonASCIIidentifier(?:Start)?Chars = "[^"]*";$/gm, "", 2],
  [/^(var nonASCIIidentifierStart =) .*$/m, "$1 /\\p{ID_Start}/u;", 1],
  [/^(var nonASCIIidentifier =) .*$/m, "$1 /\\p{ID_Continue}/u;", 1],
  [/^(var astralIdentifier(?:Start)?Codes =) \[[^\]]*\];$/gm, "$1 [];", 2],
  [
    /^(var (?:ecma(?:9|14)BinaryProperties(?:OfStrings)?|unicodeGeneralCategoryValues|ecma9ScriptValues) =) "[^"]*";$/gm,
    '$1 "";',
    4,
  ],
  [/^var RegExpValidationState = .*?(?=^\/\/ Object type used to represent tokens)/ms, () => UNCHECKED, 1],
];

/** acorn without those parts: 10 KB less, gzipped. */
const smallAcorn = (inputs) => ({
  name: "small-acorn",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]acorn\.mjs$/ }, ({ path: file }) => {
      let contents = String(inputs.read(file));
      for (const [table, replacement, count] of ACORN) {
        const found = contents.match(table)?.length ?? 0;
        if (table.global ? found !== count : found === 0) throw new Error(`${file} has another form: ${table}`);
        contents = contents.replace(table, replacement);
      }
      return { contents, loader: "js" };
    });
  },
});

const COURSE = "docs/course";
const PERFORMANCE = "docs/performance.md";
const LANGUAGES = ["en", "zh"];

/** Reads every source for esbuild, so that the hashes are of exactly what was bundled. */
const reading = (inputs) => ({
  name: "reading",
  setup({ onLoad }) {
    onLoad({ filter: /./, namespace: "file" }, ({ path: file }) => ({
      contents: inputs.read(file),
      loader: "default",
    }));
  },
});

/** `import chapters from "course:en"`: the chapters of a language by their names, with HTML for Markdown. */
const course = (inputs) => ({
  name: "course",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^course:/ }, ({ path: name }) => ({ path: name, namespace: "course" }));
    onLoad({ filter: /./, namespace: "course" }, async ({ path: name }) => {
      const folder = path.join(COURSE, name.replace("course:", ""));
      const { parseChapter } = await imported("site/lessons/chapter.ts", inputs);
      const chapters = chapterFiles(folder).map((file) => {
        const chapter = parseChapter(String(inputs.read(file)));
        return [path.basename(file, ".md"), inHtml(chapter)];
      });
      return { contents: JSON.stringify(Object.fromEntries(chapters)), loader: "json" };
    });
  },
});

/** `import costs from "measured:linux"`: the kernel's figures of docs/performance.md. */
const measured = (inputs) => ({
  name: "measured",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^measured:/ }, ({ path: name }) => ({ path: name, namespace: "measured" }));
    onLoad({ filter: /./, namespace: "measured" }, async () => {
      const { parseCosts } = await imported("site/lab/linux-costs.ts", inputs);
      return { contents: JSON.stringify(parseCosts(String(inputs.read(PERFORMANCE)))), loader: "json" };
    });
  },
});

/** A source of the page that imports nothing, to be run here. */
async function imported(file, inputs) {
  const { code } = await transform(String(inputs.read(file)), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

function chapterFiles(folder) {
  return readdirSync(folder)
    .filter((name) => /^\d.*\.md$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

function inHtml(chapter) {
  const { lead, question, answers, run, see, ...rest } = chapter;
  return {
    ...rest,
    lead: block(lead),
    question: line(question),
    answers: answers.map(({ text, right, why }) => ({ text: line(text), right, why: line(why) })),
    run: block(run),
    see: block(see),
  };
}

/** The site has the chapters and no other file of the repository: links to those become their text. */
const links = {
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const [, chapter] = /^(\d[\w-]*)\.md/.exec(href) ?? [];
      if (chapter !== undefined) return `<a href="#${chapter.replace(/^\d+-/, "")}">${text}</a>`;
      return /^https:/.test(href) ? `<a href="${href}" rel="noreferrer">${text}</a>` : text;
    },
    // It may scroll sideways, and then by keyboard too.
    code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}</code></pre>`,
    image: ({ text }) => `<em>${text}</em>`,
  },
};
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const markdown = new Marked(links);
const block = (text) => markdown.parse(text, { async: false });
const line = (text) => markdown.parseInline(text, { async: false });

/** The modules of START and all that these import: the page asks for them at once, and not for one after the other. */
function startModules({ outputs }) {
  const names = new Set();
  const add = (name) => {
    if (names.has(name)) return;
    names.add(name);
    for (const { path: imported, kind } of outputs[name].imports) if (kind === "import-statement") add(imported);
  };
  for (const start of START) add(Object.keys(outputs).find((name) => outputs[name].entryPoint === start));
  return [...names].map((name) => path.basename(name));
}

/** The page may run its own files and nothing else, and may send nothing anywhere. */
function pageOf(template, style, modules) {
  const preloads = modules.map((name) => `<link rel="modulepreload" href="${name}">`).join("\n");
  const html = template
    .replace(`<link rel="stylesheet" href="${STYLE}">`, () => `<style>${style}</style>`)
    .replace("{{modules}}", preloads);
  const hashesOf = (tag) =>
    [...html.matchAll(new RegExp(`<${tag}[^>]*>(.+?)</${tag}>`, "gs"))]
      .map(([, text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ");
  const policy = [
    ...["default-src 'none'", `script-src 'self' 'wasm-unsafe-eval' ${hashesOf("script")}`, "worker-src 'self'"],
    ...[`style-src 'self' ${hashesOf("style")}`, "font-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
    "base-uri 'none'",
  ];
  return html.replace("{{policy}}", policy.join("; "));
}

export const site = {
  name: "site",
  options,
  after: ["core"],
  files: () => [
    ...["scripts/static-site.mjs", "scripts/bundles.mjs", "scripts/stamps.mjs", "package.json"],
    ...["site/index.html", "site/tsconfig.json", ...PACKAGES.map((name) => `node_modules/${name}/package.json`)],
    ...FONTS.map((font) => `node_modules/${font}`),
    ...LANGUAGES.flatMap((language) => chapterFiles(path.join(COURSE, language))),
  ],
  async make(inputs) {
    const { outputFiles, metafile } = await build({
      ...options,
      write: false,
      metafile: true,
      plugins: [WITHOUT_NODE, withoutUnused, course(inputs), measured(inputs), smallAcorn(inputs), reading(inputs)],
    });
    const isStyle = ({ path: file }) => path.basename(file) === STYLE;
    const { text: style } = outputFiles.find(isStyle);
    return new Map([
      ...outputFiles.filter((file) => !isStyle(file)).map(({ path: file, contents }) => [file, contents]),
      ...FONTS.map((font) => [path.join(OUT, path.basename(font)), inputs.read(`node_modules/${font}`)]),
      [path.join(OUT, "core.wasm"), inputs.read("dist/core.wasm")],
      [path.join(OUT, "index.html"), pageOf(String(inputs.read("site/index.html")), style, startModules(metafile))],
    ]);
  },
};

/**
 * Writes the API reference: the packages for TypeScript and the guest's library for AssemblyScript, grouped by task, and the documents.
 *
 *     node scripts/api-reference.mjs            into docs/api
 *     node scripts/api-reference.mjs --check    fails on a gap in the reference, and writes nothing
 *
 * AssemblyScript has its own types (usize, i32) and tsconfig, so the two are converted separately and merged.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { argv } from "node:process";
import { Application, Comment, CommentTag, Converter, ReflectionKind } from "typedoc";
import { EXAMPLES } from "./api-examples.mjs";
import { TASKS } from "./api-tasks.mjs";

const check = argv.includes("--check");
/** One order for all modules: errors, which several have, come last. */
const tasks = Object.values(TASKS).flatMap((tasks) => tasks.map(([task]) => task));
const ORDER = {
  categorizeByGroup: false,
  categoryOrder: [...new Set([...tasks.filter((task) => task !== "Errors"), "Errors"])],
  sort: ["kind", "source-order"],
  kindSortOrder: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
};
const common = {
  ...ORDER,
  // check:types looks for those.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  disableSources: true,
  useFirstParagraphOfCommentAsSummary: true,
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, invalidPath: false },
};
const sources = {
  TypeScript: {
    ...common,
    entryPoints: ["src/index.ts", "src/loop/index.ts", "wasi-host/index.ts", "wasi-host/web.ts"],
    tsconfig: "tsconfig.json",
  },
  AssemblyScript: {
    ...common,
    entryPoints: ["assembly/index.ts"],
    alwaysCreateEntryPointModule: true,
    tsconfig: "assembly/tsconfig.json",
  },
};

/** Puts each export under its task, with an example. Throws if an export has no task, no summary or no example. */
function groupByTask({ project }) {
  for (const module of project.children ?? []) {
    for (const reflection of module.children ?? []) {
      const [task] = TASKS[module.name]?.find(([, names]) => names.test(reflection.name)) ?? [];
      if (task === undefined)
        throw new Error(`scripts/api-tasks.mjs has no task for ${reflection.name} of ${module.name}`);
      // A function's comment belongs to its signatures.
      for (const place of reflection.signatures ?? [reflection]) {
        if (!place.kindOf(ReflectionKind.Variable | ReflectionKind.Reference) && !place.comment?.summary.length)
          throw new Error(`${reflection.name} of ${module.name} has no summary`);
        place.comment ??= new Comment();
        addExample(reflection, place, module.name);
        place.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: task }]));
      }
    }
  }
}

/** Values of these classes come from Pollux: users do not make them. */
const GIVEN = /^(BaseSelector|SelectorKey|KeyMap|ReadyKeys|\w+Error)$/;

/** Throws where a function or a class has no example, unless it is one that another module exports as well. */
function addExample({ kind, name }, { comment }, module) {
  const code = EXAMPLES[module]?.[name] ?? (module === "pollux/host/web" ? EXAMPLES["pollux/host"][name] : undefined);
  if (code !== undefined) {
    const fenced = `\`\`\`ts\n${code}\n\`\`\``;
    comment.blockTags.push(new CommentTag("@example", [{ kind: "code", text: fenced }]));
  }
  const needs = (kind === ReflectionKind.Function || kind === ReflectionKind.Class) && !GIVEN.test(name);
  if (needs && comment.getTag("@example") === undefined)
    throw new Error(`scripts/api-examples.mjs has no example for ${name} of ${module}`);
}

const FAILED = "the API reference is not complete: TypeDoc has said why";

function failIfAny(app) {
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error(FAILED);
}

async function convert(name, folder) {
  const app = await Application.bootstrap({ ...sources[name], name, readme: "none" });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, groupByTask);
  const project = await app.convert();
  if (project === undefined) throw new Error(FAILED);
  app.validate(project);
  failIfAny(app);
  const file = path.join(folder, `${name}.json`);
  await app.generateJson(project, file);
  return file;
}

const folder = mkdtempSync(path.join(tmpdir(), "pollux-api-"));
try {
  const entryPoints = [];
  for (const name of Object.keys(sources)) entryPoints.push(await convert(name, folder));
  if (!check) {
    const app = await Application.bootstrap({
      ...{ name: "Pollux", entryPointStrategy: "merge", entryPoints, readme: "README.md" },
      ...{ ...ORDER, navigation: { includeCategories: true }, customCss: "scripts/api-reference.css" },
      ...{
        useFirstParagraphOfCommentAsSummary: true,
        projectDocuments: [
          "docs/*.md",
          "docs/decisions/*.md",
          "examples/README.md",
          "CONTRIBUTING.md",
          "CHANGELOG.md",
          "SECURITY.md",
        ],
      },
      ignoredHighlightLanguages: ["wit"],
      highlightLanguages: ["bash", "c", "go", "javascript", "json", "python", "rust", "sh", "typescript"],
    });
    const project = await app.convert();
    if (project === undefined) throw new Error(FAILED);
    await app.generateDocs(project, "docs/api");
    failIfAny(app);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

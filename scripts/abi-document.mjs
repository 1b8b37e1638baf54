/**
 * Writes the generated parts of docs/abi.md, between their marks: the exports of core.wasm from assembly/core.ts, and the
 * records and numbers that guest and host share from assembly/abi/.
 *
 *     node scripts/abi-document.mjs            (npm run docs:abi)
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import ts from "typescript";

export const DOCUMENT = "docs/abi.md";
const EXPORTS = "assembly/core.ts";
const ABI = "assembly/abi";
/** Its files in a reader's order. */
const FILES = [
  ...["version", "ready-file", "operation", "signals", "ring", "epoll", "events", "select", "engine", "wasi", "errno"],
];

const parsed = (file) => ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
const oneLine = (text) => text.replaceAll(/\s+/g, " ").trim();
const cell = (text) => oneLine(text).replaceAll("|", "\\|");
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");

/** Of a comment, without its marks; paragraphs and list items stay apart. */
function textOf(comment) {
  return comment
    .replace(/^\/\*+ ?|\s*\*+\/$/g, "")
    .replaceAll(/^ *\* ?/gm, "")
    .split(/\n{2,}/)
    .map((paragraph) =>
      paragraph
        .split(/\n(?=- )/)
        .map(oneLine)
        .join("\n"),
    )
    .join("\n\n");
}

/** The docstring of a declaration: its text, and what stands behind `@returns`. */
function documentation(node) {
  const [doc] = (node.jsDoc ?? []).slice(-1);
  const returns = doc?.tags?.find(({ tagName }) => tagName.text === "returns")?.comment ?? "";
  return { text: ts.getTextOfJSDocComment(doc?.comment) ?? "", returns: ts.getTextOfJSDocComment(returns) ?? "" };
}

/** A table of the functions that `file` exports. Throws for one without a docstring. */
function exportsOf(file) {
  const functions = parsed(file).statements.filter(ts.isFunctionDeclaration);
  const rows = functions.map((node) => {
    const { text, returns } = documentation(node);
    const name = node.name.text;
    if (text === "") throw new Error(`${file}: ${name} has no docstring`);
    const parameters = node.parameters.map((parameter) => parameter.getText()).join(", ");
    const result = node.type.getText();
    return [`\`${name}(${parameters})${result === "void" ? "" : ` -> ${result}`}\``, text, returns];
  });
  return table(["export", "does", "returns"], rows);
}

/** The values of all constants of the ABI, by name. */
async function values() {
  const contents = FILES.map((name) => `export * from "./${name}.ts";`).join("\n");
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: ABI },
    bundle: true,
    write: false,
    format: "esm",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const isDrawn = (line) => /[┌│├└]/.test(line);

/** `/*   Name, 8 bytes`, a drawing, and text: the heading, the drawing and the text. */
function drawing(comment) {
  const [heading, ...lines] = comment.replace(/^\/\*/, "").replace(/\*\/$/, "").split("\n");
  const drawn = lines.filter(isDrawn).map((line) => line.trimEnd().slice(3));
  const text = oneLine(lines.filter((line) => !isDrawn(line)).join(" "));
  return [`#### ${heading.trim()}`, `\`\`\`text\n${drawn.join("\n")}\n\`\`\``, text].filter((part) => part !== "");
}

/** What a file of the ABI says: its own docstring, then drawings and tables of constants in their order. */
function sectionOf(name, numbers) {
  const source = parsed(path.join(ABI, `${name}.ts`));
  const text = source.text;
  const comments = (node) =>
    (ts.getLeadingCommentRanges(text, node.pos) ?? []).map(({ pos, end }) => text.slice(pos, end));
  const first = comments(source.statements[0])[0];
  const parts = [`### ${name}.ts`, textOf(first)];
  let rows = [];
  const flush = () => {
    const named = rows.map(([constant, value]) => `${constant} ${value}`);
    // Constants with self-explaining names need no table.
    if (rows.length > 0)
      parts.push(rows.some(([, , doc]) => doc !== "") ? table(["constant", "value", ""], rows) : named.join(", "));
    rows = [];
  };
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const comment of comments(statement).filter(isDrawn)) {
      flush();
      parts.push(...drawing(comment));
    }
    const [declaration] = statement.declarationList.declarations;
    const doc = statement.jsDoc?.at(-1);
    const ownDoc = doc !== undefined && doc.getText() !== first ? (ts.getTextOfJSDocComment(doc.comment) ?? "") : "";
    const value = numbers[declaration.name.text];
    const isBits = /0x|\|/.test(declaration.initializer.getText());
    rows.push([`\`${declaration.name.text}\``, isBits ? `0x${value.toString(16)}` : String(value), ownDoc]);
  }
  flush();
  return parts.join("\n\n");
}

/** The document with its generated parts as the sources have them now. */
export async function generated(document = readFileSync(DOCUMENT, "utf8")) {
  const forgotten = readdirSync(ABI).filter((file) => !FILES.includes(path.basename(file, ".ts")));
  if (forgotten.length > 0) throw new Error(`scripts/abi-document.mjs leaves out ${forgotten.join(", ")} of ${ABI}`);
  const numbers = await values();
  const parts = { exports: exportsOf(EXPORTS), abi: FILES.map((name) => sectionOf(name, numbers)).join("\n\n") };
  return Object.entries(parts).reduce((text, [mark, part]) => {
    const [start, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no ${start} ... ${end}`);
    return `${text.slice(0, from + start.length)}\n\n${part}\n\n${text.slice(to)}`;
  }, document);
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCUMENT, await generated());

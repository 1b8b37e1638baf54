/**
 * Draws sentences at random from documents, comments, docstrings and test names, to judge how they read: a reader
 * understands each at first reading and could not shorten it.
 *
 *     npm run sentences -- --seed 1 --count 40
 *     npm run sentences -- --kind comment --match 'nobody|whoever'    every sentence that matches, with its place
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import ts from "typescript";

const KINDS = ["document", "comment", "docstring", "test name"];
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "40" },
    kind: { type: "string" },
    match: { type: "string" },
  },
});

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(md|ts|mts|mjs|cjs|js)$/.test(file));

/** Mulberry32: a fraction from 0 to 1. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Splits at a full stop, question mark or colon line end, not at "e.g." or "3.5". Drops fragments below three words. */
function sentencesOf(text) {
  return text
    .replaceAll(/\s+/g, " ")
    .split(/(?<=[.?!]["')`*]*) (?=["'(`*[]*[A-Z0-9-])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.split(" ").length > 2);
}

function* inDocument(text) {
  const prose = text
    .replace(/^ *(`{3,}|~{3,}).*?^ *\1 *$/gms, "")
    .replaceAll(/<!-- (\w\S*) -->.*?<!-- \/\1 -->/gs, "")
    .replaceAll(/<!--.*?-->/gs, "");
  for (const block of prose.split(/\n{2,}|\n(?=\s*(?:[-*|#]|\d+\.) ?)/)) {
    const cells = /^\s*\|/.test(block) ? block.split(/(?<!\\)\|/) : [block.replace(/^\s*(?:[-*#]+|\d+\.) /, "")];
    for (const cell of cells) for (const sentence of sentencesOf(cell)) yield { kind: "document", sentence };
  }
}

/** A docstring's tags are sentences of their own. */
function* inComment(text) {
  const kind = text.startsWith("/**") ? "docstring" : "comment";
  const plain = text
    .replace(/^\/\*+|\*+\/$/g, "")
    .replaceAll(/^\s*(\*|\/\/)( |$)/gm, "")
    .replace(/^\/\/ ?/, "");
  if (/^(biome-|@ts-)|[─│┌└]/.test(plain.trim())) return;
  for (const part of plain.split(/\n\s*\n|\n(?=\s*[-|] |@\w)/)) {
    if (/^ {3,}/.test(part.replace(/^\n/, ""))) continue; // a command or a drawing
    for (const sentence of sentencesOf(part)) yield { kind, sentence };
  }
}

const isTest = (callee) =>
  /^(it|test|describe)(\.|$)/.test(ts.isCallExpression(callee) ? callee.expression.getText() : callee.getText());

function* inSource(text, file) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const seen = new Set();
  const queue = [source];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    // Consecutive line comments are one text.
    const groups = [];
    for (const { pos, end, kind } of ranges) {
      if (seen.has(pos)) continue;
      seen.add(pos);
      const last = groups.at(-1);
      const joins = kind === ts.SyntaxKind.SingleLineCommentTrivia && last?.line;
      if (joins) last.text += `\n${text.slice(pos, end)}`;
      else groups.push({ text: text.slice(pos, end), line: kind === ts.SyntaxKind.SingleLineCommentTrivia });
    }
    for (const group of groups) yield* inComment(group.text);
    if (
      ts.isCallExpression(node) &&
      node.arguments[0] &&
      ts.isStringLiteralLike(node.arguments[0]) &&
      isTest(node.expression)
    ) {
      yield { kind: "test name", sentence: node.arguments[0].text };
    }
    if (!ts.isJSDoc(node)) queue.push(...node.getChildren(source).toReversed());
  }
}

const all = files.flatMap((file) => {
  const text = readFileSync(file, "utf8");
  const found = file.endsWith(".md") ? inDocument(text) : inSource(text, file);
  return [...found].map((one) => ({ ...one, file }));
});
const kinds = values.kind === undefined ? KINDS : [values.kind];
const pools = kinds.map((kind) => all.filter((one) => one.kind === kind));

function print({ kind, file, sentence }, index) {
  console.log(`${String(index + 1).padStart(3)}. [${kind}] ${file}\n     ${sentence}`);
}

if (values.match !== undefined) {
  pools
    .flat()
    .filter(({ sentence }) => new RegExp(values.match, "i").test(sentence))
    .forEach(print);
} else {
  // Draw the same number of each kind.
  const random = generator(Number(values.seed));
  for (let index = 0; index < Number(values.count); index++) {
    const pool = pools[index % pools.length];
    if (pool.length > 0) print(pool[Math.floor(random() * pool.length)], index);
  }
}
console.log(kinds.map((kind, index) => `${pools[index].length} ${kind}s`).join(", "));

/**
 * The course: its blocks are the same in both languages, its programs are the files that it shows, and what they print is what it
 * shows. The nth block of commands belongs to the nth block of output.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Chapter, parseChapter } from "../../site/lessons/chapter.ts";

const COURSE = "docs/course";
const PROGRAMS = join(COURSE, "programs");
/** A chapter longer than this is not read in one sitting. */
const MAX_LINES = 120;
/** What the commands listen on. The test chooses a free port. */
const ADDRESS = "127.0.0.1:9999";

interface Block {
  info: string;
  text: string;
}

const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map(([, info, text]) => ({ info, text }));
const read = (language: string, name: string) => readFileSync(join(COURSE, language, name), "utf8");

const names = readdirSync(join(COURSE, "en")).sort();
const chapters = names.map((name) => ({ name, english: read("en", name), chinese: read("zh", name) }));
const commands = chapters.flatMap(({ name, english }) => {
  const blocks = blocksOf(english);
  const outputs = blocks.filter(({ info }) => info === "text");
  return blocks
    .filter(({ info }) => info === "sh")
    .map(({ text }, index) => ({ name, command: text, printed: outputs[index]?.text }));
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Types the commands into a shell with job control. A person waits until a server listens before typing on: so does this. */
async function type(block: string): Promise<string> {
  const port = await freePort();
  const listens = `until (exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.05; done`;
  const lines = block.replaceAll(ADDRESS, `127.0.0.1:${port}`).replaceAll(/ &$/gm, ` &\n${listens}`);
  const script = `set -m; trap 'kill $(jobs -p) 2>/dev/null' EXIT\n${lines}`;
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { timeout: 60_000 }, (_, out, error) => {
      if (out === "") reject(new Error(error));
      else resolve(out);
    });
  });
}

describe.each(chapters)("$name", ({ name, english, chinese }) => {
  it("has the same blocks in both languages", () => {
    expect(blocksOf(english).length).toBeGreaterThan(1);
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  it("has a prediction with one right answer, at the same place in both languages", () => {
    const asked = ({ number, answers }: Chapter) => ({ number, right: answers.map(({ right }) => right) });
    const chapter = parseChapter(english);
    expect(chapter.number).toBe(names.indexOf(name) + 1);
    expect(chapter.answers).toHaveLength(3);
    expect(asked(parseChapter(chinese))).toEqual(asked(chapter));
  });

  it("has no soft line break between Chinese words, which would show as a space", () => {
    expect(chinese).not.toMatch(/[\p{Script=Han}，。：；、（）？]\n[\p{Script=Han}，。：；、（）？]/u);
  });

  it(`is at most ${MAX_LINES} lines long`, () => {
    expect(english.split("\n").length).toBeLessThanOrEqual(MAX_LINES);
    expect(chinese.split("\n").length).toBeLessThanOrEqual(MAX_LINES);
  });

  it("shows its programs as they are", () => {
    const shown = blocksOf(english).filter(({ info }) => info.startsWith("js "));
    for (const { info, text } of shown) expect(text).toBe(readFileSync(join(PROGRAMS, info.slice(3)), "utf8"));
  });
});

it("the chapters are in both languages, and in the course's table", () => {
  expect(readdirSync(join(COURSE, "zh")).sort()).toEqual(names);
  const table = readFileSync(join(COURSE, "README.md"), "utf8");
  const links = chapters.flatMap(({ name, english, chinese }) => [
    `[${parseChapter(english).title}](en/${name})`,
    `[${parseChapter(chinese).title}](zh/${name})`,
  ]);
  expect(links.filter((link) => !table.includes(link))).toEqual([]);
});

it("each program is run by a chapter", () => {
  const typed = commands.map(({ command }) => command).join("");
  expect(readdirSync(PROGRAMS).filter((program) => !typed.includes(`${PROGRAMS}/${program}`))).toEqual([]);
});

it.each(commands)("$name: $command", async ({ command, printed }) => {
  expect(printed).toBeDefined();
  expect(await type(command)).toBe(printed);
});

describe("the claims of the original notes", () => {
  const ROW = /^\| (.+?) \| (.+?) \| \[(\d)\]\((en\/\S+)\) \| (.+?) \| (.+) \|$/;
  const rows = readFileSync(join(COURSE, "claims.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (---|the notes)/.test(line));

  it("are many, and each has a chapter, a judgement and a proof", () => {
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => !ROW.test(row))).toEqual([]);
    for (const row of rows) {
      const [, , , number, chapter, holds] = ROW.exec(row)!;
      expect(basename(chapter)).toBe(names[Number(number) - 1]);
      expect(holds).toMatch(/^(yes|no|in part)\b/);
    }
  });

  it("have proofs that run: a program of the course, or a test of that title", () => {
    const typed = commands.map(({ command }) => command).join("");
    const proofs = rows.flatMap((row) => ROW.exec(row)![6].split(/; (?=\[)/));
    for (const proof of proofs) {
      const [, file, title] = /^\[[^\]]+\]\(([^)]+)\)(?:: (.+))?$/.exec(proof) ?? [];
      const path = join(COURSE, file);
      expect(existsSync(path), proof).toBe(true);
      if (title === undefined) expect(typed).toContain(path);
      else expect(readFileSync(path, "utf8"), proof).toContain(JSON.stringify(title));
    }
  });
});

/**
 * Reads a chapter of the course (docs/course/LANGUAGE/NAME.md). The chapter is the only source of a lesson's words: the page
 * shows the title, the lead, the prediction and the sections that stand here, in the reader's language.
 *
 *     # 6. Level and edge                 title, with its number
 *
 *     A level is a state. ...             lead: the paragraphs before the first section
 *
 *     ## Predict                          预测
 *
 *     Ten bytes arrive. ...?              question
 *
 *     - [ ] Once. No: ...                 answer, then why it is wrong
 *     - [x] Twice. Yes: ...               the right answer, then why
 *
 *     ## Run                              运行
 *
 *     ## See                              观察
 *
 * An answer ends at its first full stop, and the explanation is the rest. Further sections (the programs, pictures, links) and
 * the paragraph "In the page: ..." (在页面里：) are for readers of the document.
 */

/** One answer to a chapter's question. */
export interface Answer {
  readonly text: string;
  readonly right: boolean;
  /** Why the answer is right or wrong. */
  readonly why: string;
}

/** The words of a lesson, in one language. Texts are Markdown: paragraphs apart by an empty line, `code`, **bold**, links. */
export interface Chapter {
  readonly number: number;
  readonly title: string;
  readonly lead: string;
  readonly question: string;
  readonly answers: readonly Answer[];
  /** What to do in the terminal. Contains fenced blocks. */
  readonly run: string;
  /** What came out, and what it means. Contains fenced blocks. */
  readonly see: string;
}

const HEADINGS = { predict: ["Predict", "预测"], run: ["Run", "运行"], see: ["See", "观察"] } as const;
const TITLE = /^# (\d+)\. (.+)$/m;
const IN_THE_PAGE = /^(?:In the page: |在页面里：).+(?:\n.+)*\n*/gm;
const ANSWER = /^- \[([ x])\] ([^.。]+[.。])\s*(.+)$/;

/**
 * Reads a chapter.
 *
 * @param markdown - the text of the file
 * @throws Error if a section is missing, or not exactly one answer is right
 */
export function parseChapter(markdown: string): Chapter {
  const [, number, title] = TITLE.exec(markdown) ?? fail("a title '# 1. Name'");
  const [head, ...rest] = markdown.split(/^## /m);
  const sections = new Map(
    rest.map((section) => [firstLine(section), section.slice(firstLine(section).length).trim()]),
  );
  const section = (names: readonly string[]): string =>
    names.map((name) => sections.get(name)).find((text) => text !== undefined) ?? fail(`a section '## ${names[0]}'`);
  const predict = section(HEADINGS.predict);
  const list = predict.search(/^- \[/m);
  const answers = predict
    .slice(list)
    .split(/\n(?=- \[)/)
    .map(answerOf);
  if (answers.filter(({ right }) => right).length !== 1) fail("exactly one right answer");
  return {
    number: Number(number),
    title,
    lead: head.replace(TITLE, "").trim(),
    question: unwrapped(predict.slice(0, list)),
    answers,
    run: section(HEADINGS.run).replace(IN_THE_PAGE, "").trim(),
    see: section(HEADINGS.see),
  };
}

function answerOf(item: string): Answer {
  const [, mark, text, why] = ANSWER.exec(unwrapped(item)) ?? fail(`an answer '- [ ] Answer. Why.', not '${item}'`);
  return { text, right: mark === "x", why };
}

/** The lines of a paragraph as one. */
const unwrapped = (text: string): string => text.trim().replaceAll(/\n\s*/g, " ");

const firstLine = (text: string): string => text.split("\n", 1)[0];

function fail(wanted: string): never {
  throw new Error(`a chapter needs ${wanted}`);
}

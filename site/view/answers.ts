/** The reader's answer to each lesson's question, by the lesson's id: its index. It lasts as long as the page. */
const given = new Map<string, number>();

export const answered = (lesson: string): boolean => given.has(lesson);

/** -1 without an answer. */
export const answerTo = (lesson: string): number => given.get(lesson) ?? -1;

export function noteAnswer(lesson: string, index: number): void {
  given.set(lesson, index);
}

export function forgetAnswer(lesson: string): void {
  given.delete(lesson);
}

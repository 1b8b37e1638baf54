/** The part of the address behind `#`: a lesson, and the session that is open in it. `#level-and-edge/SESSION`. */

export interface Place {
  readonly lesson: string;
  /** As `Session.encode` has written it. */
  readonly session?: string;
}

/** Anyone can write an address. A wrong one gives undefined, and an empty one the first lesson. */
export function parsePlace(fragment: string, lessons: readonly string[]): Place | undefined {
  const text = fragment.replace(/^#/, "");
  if (text === "") return { lesson: lessons[0] };
  const slash = text.indexOf("/");
  const lesson = slash < 0 ? text : text.slice(0, slash);
  if (!lessons.includes(lesson)) return undefined;
  const session = slash < 0 ? "" : text.slice(slash + 1);
  return session === "" ? { lesson } : { lesson, session };
}

export function formatPlace({ lesson, session }: Place): string {
  return session === undefined ? `#${lesson}` : `#${lesson}/${session}`;
}

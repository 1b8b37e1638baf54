/** The first sleep of a thread: the program has started, and has nothing to do. A signal may end the process in it. */
let postponed: (() => void) | undefined;

/** Postpones work to the first sleep of this thread in a guest's call. */
export function onFirstSleep(work: () => void): void {
  postponed = work;
}

/** Does the postponed work, if there is any. */
export function beforeSleep(): void {
  if (postponed === undefined) return;
  const work = postponed;
  postponed = undefined;
  work();
}

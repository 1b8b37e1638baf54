/** The main thread's tasks while something happens on a page, and what the longest of them did. */

const CATEGORIES = ["toplevel", "devtools.timeline"];
/** Tasks, as Chromium's scheduler and its microtask checkpoints name them. */
const TASK = /RunTask$/;
/** A part of a task is listed if it takes at least this share of the task's time. */
const SHARE = 0.2;
/** Wrappers of other parts. */
const WRAPPERS =
  /RunTask|AsyncTask|TimerBase|TimerFire|v8\.callFunction|UpdateTime|LocalFrameView|UpdateLifecycle|performLayout/;

const milliseconds = (microseconds) => microseconds / 1000;

/**
 * Records the tasks of a page.
 *
 * @param client - a CDP session of the page
 * @param does - what happens meanwhile
 * @returns the longest task: processor time of the main thread in milliseconds, and its parts; `untilPaint`: the processor time
 *   between a navigation and its first paint
 */
export async function longestTask(client, does) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  client.on("Tracing.dataCollected", collect);
  await client.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ["*"] },
  });
  try {
    await does();
  } finally {
    const complete = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
    await client.send("Tracing.end");
    await complete;
    client.off("Tracing.dataCollected", collect);
  }
  return longestOf(events);
}

/**
 * Tasks that are not the page's: the browser ends the page before and makes a new one in one task, and Playwright looks for
 * elements, which takes long among thousands.
 */
const isInspection = ({ args }) => args?.chrome_mojo_event_info?.mojo_interface_tag === "blink.mojom.DevToolsSession";

/** Processor time, because other programs on this machine must not count. */
function longestOf(events) {
  const threads = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const spans = events.filter(({ ph, pid, tid, tdur }) => ph === "X" && tdur > 0 && threads.has(`${pid} ${tid}`));
  const commits = events.filter(({ name }) => name === "CommitLoad");
  const foreign = [...commits, ...spans.filter(isInspection)];
  const isOurs = (task) => !foreign.some((part) => isWithin(task, part));
  const tasks = spans.filter(({ name }) => TASK.test(name)).sort((one, other) => other.tdur - one.tdur);
  const longest = tasks.find(isOurs);
  if (longest === undefined) return { time: 0, parts: [], untilPaint: 0 };
  const parts = spans
    .filter((part) => isWithin(longest, part) && part.tdur > SHARE * longest.tdur && !WRAPPERS.test(part.name))
    .sort((one, other) => one.ts - other.ts || other.tdur - one.tdur)
    .map(({ name, tdur, args }) => ({ name, time: milliseconds(tdur), where: whereOf(args?.data) }));
  const start = commits.at(-1)?.ts ?? 0;
  const paint = events.findLast(({ name }) => name === "firstContentfulPaint")?.ts ?? 0;
  const untilPaint = outermost(tasks)
    .filter(({ ts, dur }) => ts + dur > start && ts < paint)
    .reduce((sum, { tdur }) => sum + milliseconds(tdur), 0);
  return { time: milliseconds(longest.tdur), parts, untilPaint };
}

/** The event, the file or the function. */
const whereOf = ({ type, url, functionName } = {}) =>
  [type, url?.replace(/.*\//, ""), functionName].filter((part) => typeof part === "string").join(" ");

/** A task is recorded by the scheduler, and once more by what it has scheduled. */
const outermost = (tasks) =>
  tasks.filter((task) => !tasks.some((other) => other.dur > task.dur && isWithin(other, task)));

/** Whether `part` begins in `task`, on its thread. */
const isWithin = (task, part) =>
  part.pid === task.pid && part.tid === task.tid && part.ts >= task.ts && part.ts < task.ts + task.dur;

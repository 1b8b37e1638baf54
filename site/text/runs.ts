/** The words for a run that the reader opens, in both languages. They are loaded with its view. */
import type { Story, StoryErrorCode } from "../story/reader.ts";

type Trigger = "level" | "edge" | "one-shot";
type Reported = "woken" | "still-ready" | "ready-when-added" | "nested" | "found-ready";
type Omitted = "no-longer-ready" | "max-events" | "drained" | "silenced" | "not-asked" | "taken" | "edge-unread";

const NUMBER = new Intl.NumberFormat("en");

const en = {
  title: "A run of your program",
  lead: "Record a run in the terminal, open the file here, and step through it: what the program waited for, the ready list before and after each wait, and why a watch was reported or was not.",
  privacy: "The file stays in your browser.",
  choose: "Choose a file",
  drop: "or drop it anywhere on this page, or paste its text:",
  paste: "Text of a run",
  open: "Open",
  another: "Open another run",
  back: "Back to the lessons",
  told: {
    engine: "told by the engine's calls and state",
    calls: "told by its calls of the host",
    component: "told by its calls of wasi:io and wasi:sockets",
  } satisfies Record<Story["level"], string> as Record<Story["level"], string>,
  events: (told: string, count: number) => `${told}, ${NUMBER.format(count)} ${count === 1 ? "event" : "events"}.`,
  otherLines: (count: number) =>
    count === 1
      ? "One line is not an event and was left out."
      : `${NUMBER.format(count)} lines are not events and were left out.`,
  cut: "The last line ends in the middle, and was left out.",
  errors: {
    empty: () => "The file is empty.",
    "too-long": () => "The file is too large: the page opens at most 16 million characters. Record a shorter run.",
    "too-many": () => "The run has too many events: the page shows at most 20,000. Record a shorter run.",
    text: () => "This is the text of --explain, for people. Record the run with --explain=json.",
    other: () => "This is not the story of a run. Record one with pollux run --explain=json.",
    "no-start": () => "The beginning of the run is missing. Open the whole file.",
    version: () => "The run was recorded by another version of Pollux, whose format this page does not know.",
    line: (line: number) => `Line ${line} is not a complete JSON object: the file is damaged.`,
    field: (line: number, field: string) => `Line ${line}: ${field} is missing, or is not what it should be.`,
  } as Record<StoryErrorCode, (line: number, field: string) => string>,
  unreadable: "The file cannot be read.",
  panes: { events: "Events", step: "This step", instances: "epoll instances" },
  noInstances: "No epoll instance is open.",
  otherInstances: (count: number) =>
    count === 1 ? "One other instance is open." : `${NUMBER.format(count)} other instances are open.`,
  noWatches: "no watch",
  before: "ready list before",
  woken: "woken in between",
  after: "ready list after",
  ready: "ready list, as last told",
  empty: "empty",
  more: (count: number) => `+${NUMBER.format(count)}`,
  slept: (time: string) => `The call slept ${time}.`,
  noSleep: "The call did not sleep.",
  failed: (errno: string) => `The call failed: ${errno}.`,
  nothing: "Nothing was reported.",
  reported: "Reported",
  omitted: "Not reported",
  why: {
    woken: (news: string) => `woken by ${news}`,
    "still-ready": () => "reported before, and still ready",
    "ready-when-added": () => "epoll_ctl found it ready",
    nested: () => "an instance with a ready watch inside",
    "found-ready": () => "the host found it ready",
  } as Record<Reported, (news: string) => string>,
  becomes: {
    level: "It stays on the list: the next wait looks again.",
    edge: "It leaves the list: only something new brings it back.",
    "one-shot": "It leaves the list, and is silent until EPOLL_CTL_MOD.",
  } as Record<Trigger, string>,
  reason: (trigger: string, why: string, becomes: string) => `${trigger}: ${why}. ${becomes}`,
  exception: (why: string, woken?: string) => `${woken === undefined ? "" : `${woken}: `}${why}.`,
  triggers: { level: "level", edge: "edge", "one-shot": "one-shot" } as Record<Trigger, string>,
  whyNot: {
    "no-longer-ready": "its turn came, and it was not ready any more: it leaves the list",
    "max-events": "the array of events was full: it keeps its place",
    drained: "the program has met EAGAIN or a short count since: only something new makes it ready",
    silenced: "a one-shot that was reported: silent until EPOLL_CTL_MOD",
    "not-asked": "it was woken by something that the watch does not ask for",
    taken: "exclusive: another instance took the wakeup",
    "edge-unread": "an edge that was reported before, and was not read until EAGAIN since: only new data is reported",
  } as Record<Omitted, string>,
  others: (asleep: number, silenced: number) =>
    `Of the other watches, ${NUMBER.format(asleep)} ${asleep === 1 ? "is" : "are"} asleep${silenced > 0 ? `, and ${NUMBER.format(silenced)} silent` : ""}.`,
  fallsAsleep: "The program falls asleep here. The next event is the return of this call.",
  unread: (list: string) =>
    `The edges ${list} were reported before, and were not read until EAGAIN since: only new data wakes them. A server that hangs usually sleeps like this.`,
  queued: "The watch was ready, and is on the ready list now.",
  notQueued: "The watch is asleep.",
  waitsFor: "It waits for",
  found: "Ready",
  unknown: "This page does not know this event.",
  exits: (status: number) => `The program has ended with status ${status}.`,
  starts: "The program starts.",
};

export type RunWords = typeof en;

const zh: RunWords = {
  title: "你的程序的一次运行",
  lead: "在终端里记录一次运行，在这里打开文件，逐步查看：程序在等什么，每次等待前后的就绪链表，以及一个监视项为什么被报告、为什么没有。",
  privacy: "文件不会离开你的浏览器。",
  choose: "选择文件",
  drop: "也可以把它拖到页面上的任何地方，或者粘贴它的内容：",
  paste: "运行记录的内容",
  open: "打开",
  another: "打开另一次运行",
  back: "回到课程",
  told: {
    engine: "根据引擎的调用和状态",
    calls: "根据它对宿主的调用",
    component: "根据它对 wasi:io 和 wasi:sockets 的调用",
  },
  events: (told, count) => `${told}，${NUMBER.format(count)} 个事件。`,
  otherLines: (count) => `有 ${NUMBER.format(count)} 行不是事件，已略去。`,
  cut: "最后一行不完整，已略去。",
  errors: {
    empty: () => "文件是空的。",
    "too-long": () => "文件太大：本页最多打开 1600 万个字符。请记录一次较短的运行。",
    "too-many": () => "事件太多：本页最多显示 20,000 个。请记录一次较短的运行。",
    text: () => "这是 --explain 给人看的文本。请用 --explain=json 记录。",
    other: () => "这不是一次运行的记录。请用 pollux run --explain=json 记录。",
    "no-start": () => "缺少运行的开头。请打开完整的文件。",
    version: () => "这次运行由另一个版本的 Pollux 记录，本页不认识它的格式。",
    line: (line) => `第 ${line} 行不是完整的 JSON 对象。文件已损坏。`,
    field: (line, field) => `第 ${line} 行：缺少 ${field}，或者它的值不对。`,
  },
  unreadable: "无法读取这个文件。",
  panes: { events: "事件", step: "这一步", instances: "epoll 实例" },
  noInstances: "没有打开的 epoll 实例。",
  otherInstances: (count) => `另有 ${NUMBER.format(count)} 个打开的实例。`,
  noWatches: "没有监视项",
  before: "等待前的就绪链表",
  woken: "其间唤醒的",
  after: "等待后的就绪链表",
  ready: "就绪链表（最近一次记录）",
  empty: "空",
  more: (count) => `+${NUMBER.format(count)}`,
  slept: (time) => `这次调用睡了 ${time}。`,
  noSleep: "这次调用没有睡眠。",
  failed: (errno) => `调用失败：${errno}。`,
  nothing: "什么都没有报告。",
  reported: "报告了",
  omitted: "没有报告",
  why: {
    woken: (news) => `被 ${news} 唤醒`,
    "still-ready": () => "之前报告过，现在仍然就绪",
    "ready-when-added": () => "epoll_ctl 检查时它已就绪",
    nested: () => "它是一个 epoll 实例，里面有就绪的监视项",
    "found-ready": () => "宿主发现它已就绪",
  },
  becomes: {
    level: "它留在链表上：下一次等待会再检查。",
    edge: "它离开链表：只有新的事件才会让它回来。",
    "one-shot": "它离开链表，在 EPOLL_CTL_MOD 之前保持沉默。",
  },
  reason: (trigger, why, becomes) => `${trigger}：${why}。${becomes}`,
  exception: (why, woken) => `${woken === undefined ? "" : `${woken}：`}${why}。`,
  triggers: { level: "水平", edge: "边缘", "one-shot": "一次性" },
  whyNot: {
    "no-longer-ready": "轮到它时已不再就绪：它离开链表",
    "max-events": "事件数组已满：它保留自己的位置",
    drained: "程序此后遇到了 EAGAIN，或读写得比要的少：只有新的事件才会让它就绪",
    silenced: "一次性，已经报告过：在 EPOLL_CTL_MOD 之前保持沉默",
    "not-asked": "唤醒它的事件不是监视项所要的",
    taken: "独占：另一个实例拿走了这次唤醒",
    "edge-unread": "边缘触发，之前报告过，此后没有读到 EAGAIN：只有新数据才会再报告",
  },
  others: (asleep, silenced) =>
    `其余的监视项中，${NUMBER.format(asleep)} 个在睡眠${silenced > 0 ? `，${NUMBER.format(silenced)} 个沉默` : ""}。`,
  fallsAsleep: "程序在这里睡着。下一个事件就是这次调用的返回。",
  unread: (list) =>
    `边缘触发的 ${list} 之前报告过，此后没有读到 EAGAIN：只有新数据才能唤醒它们。卡住的服务器往往就是这样睡着的。`,
  queued: "监视项已就绪，现在就在就绪链表上。",
  notQueued: "监视项在睡眠。",
  waitsFor: "它在等",
  found: "就绪的",
  unknown: "本页不认识这个事件。",
  exits: (status) => `程序结束，状态码 ${status}。`,
  starts: "程序开始运行。",
};

export const RUN_WORDS: Readonly<Record<"en" | "zh", RunWords>> = { en, zh };

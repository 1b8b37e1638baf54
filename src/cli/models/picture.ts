/** Draws the timelines as SVG with Vega-Lite: all of them, and the arrival of one message in detail. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Kind, Timeline } from "./activities.ts";
import type { Pace } from "./slow-sender.ts";

const INK = "#1f2933";
const MUTED = "#616e7c";
const GRID = "#e4e7eb";

/** Sleep is pale, computing is light, copying is strong. Distinct for colour-blind readers too. */
const KINDS: Readonly<Record<Kind, { name: string; colour: string }>> = {
  waiting: { name: "the program sleeps", colour: "#d5dbe1" },
  computing: { name: "it computes", colour: "#7cc8bf" },
  asking: { name: "it asks: EAGAIN", colour: "#f0a030" },
  copying: { name: "it copies", colour: "#c2255c" },
  "host copying": { name: "the host copies", colour: "#5f3dc4" },
  away: { name: "the host or another process runs", colour: "#9aa5b1" },
};

const ROW = 40;
const WHOLE_WIDTH = 620;
const CLOSE_WIDTH = 330;
/** Milliseconds shown before and, at least, after the sending of a message. */
const BEFORE = -0.6;
const AFTER = 2.2;
/** The message shown in detail. The code of the first message may not be compiled yet. */
const MESSAGE = 1;

type Panel = Extract<TopLevelSpec, { hconcat: unknown[] }>["hconcat"][number];
type LayerPart = Extract<Panel, { layer: unknown[] }>["layer"][number];

export async function picture(timelines: readonly Timeline[], pace: Pace): Promise<string> {
  const { spec } = compile(specification(timelines, pace));
  return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
}

/** One and a half pixels in milliseconds: closer activities are drawn as one. */
const BLUR = 1.3;
/** Half a pixel: an absence as short as this is under the strokes beside it. */
const THIN = 0.4;
const AWAY = KINDS.away.name;
const SENT = "sent";
const MOMENTS = { handler: "handler called", completion: "completion seen" } as const;

interface Stroke {
  row: string;
  kind: string;
  from: number;
  to: number;
}

/** Turns the activities of each timeline into strokes. `origin` is the time 0. */
function strokes(timelines: readonly Timeline[], origin = (_: Timeline) => 0): Stroke[] {
  return timelines.flatMap((timeline) =>
    timeline.activities.map(({ kind, from, to }) => ({
      row: rowOf(timeline),
      kind: KINDS[kind].name,
      from: from - origin(timeline),
      to: to - origin(timeline),
    })),
  );
}

/** Joins neighbours of one kind into one stroke: hundreds of slices would make a large file. */
function merged(all: readonly Stroke[]): Stroke[] {
  const last = new Map<string, Stroke>();
  const kept: Stroke[] = [];
  for (const stroke of all) {
    const key = `${stroke.row} ${stroke.kind}`;
    const before = last.get(key);
    if (before !== undefined && stroke.from - before.to < BLUR) before.to = stroke.to;
    else kept.push({ ...stroke });
    last.set(key, before !== undefined && before.to === stroke.to ? before : kept[kept.length - 1]);
  }
  return kept;
}

function rowOf({ model }: Timeline): string {
  return model.senders === 1 ? model.name : `${model.name} (${model.senders} senders)`;
}

function specification(timelines: readonly Timeline[], { messages, size, interval }: Pace): TopLevelSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: {
      text: "The five I/O models, and what each program does meanwhile",
      subtitle: [
        `${messages} messages of ${size / 1024} KiB, ${interval} ms apart, over TCP; each program has written down its own steps.`,
        "A row ends with its program. On the right: the second message of the first sender, from close by.",
      ],
      anchor: "start",
      offset: 20,
      subtitlePadding: 6,
    },
    background: "white",
    padding: 20,
    spacing: 28,
    hconcat: [whole(timelines), close(timelines)],
    config: {
      font: "Helvetica, Arial, sans-serif",
      title: { fontSize: 18, color: INK, subtitleFontSize: 12, subtitleColor: MUTED },
      axis: {
        labelFontSize: 12,
        titleFontSize: 12,
        labelColor: INK,
        titleColor: MUTED,
        gridColor: GRID,
        titleFontWeight: "normal",
        titlePadding: 10,
        domain: false,
      },
      axisY: { ticks: false, labelPadding: 10, labelFontSize: 13, labelLimit: 240 },
      legend: { labelFontSize: 12, labelColor: INK, symbolSize: 150, columnPadding: 20, labelLimit: 400, offset: 14 },
      view: { stroke: null },
    },
  };
}

const colour = {
  field: "kind",
  type: "nominal",
  scale: {
    domain: Object.values(KINDS).map(({ name }) => name),
    range: Object.values(KINDS).map(({ colour }) => colour),
  },
  legend: { title: null, orient: "bottom", symbolType: "square", columns: 3 },
} as const;

const only = (...kinds: Kind[]) => [{ filter: { field: "kind", oneOf: kinds.map((kind) => KINDS[kind].name) } }];

/** The common part of both charts: a row for each timeline; `domain` in milliseconds. */
function panel(timelines: readonly Timeline[], width: number, title: string, domain: number[]) {
  const axis = width === WHOLE_WIDTH ? { title: null } : null;
  const scale = { paddingInner: 0.36, paddingOuter: 0.3 };
  const y = { field: "row", type: "nominal", sort: timelines.map(rowOf), axis, scale } as const;
  const x = {
    field: "from",
    type: "quantitative",
    scale: { domain, nice: false },
    axis: { title, tickCount: 6 },
  } as const;
  return { width, height: ROW * timelines.length, encoding: { y, x } };
}

/** Draws a mark for each time above its row; the legend explains the marks. */
function moments(values: { row: string; name: string; at: number }[]): LayerPart {
  return {
    data: { values },
    mark: { type: "point", filled: true, size: 55, color: INK, opacity: 1, yOffset: -17 },
    encoding: {
      x: { field: "at", type: "quantitative" },
      shape: {
        field: "name",
        type: "nominal",
        scale: { domain: [SENT, ...Object.values(MOMENTS)], range: ["triangle-down", "diamond", "circle"] },
        legend: {
          ...{ title: null, orient: "bottom", columns: 2 },
          ...{ symbolFillColor: INK, symbolStrokeColor: INK, symbolSize: 70 },
        },
      },
    },
  };
}

/** The whole chart. Microseconds are drawn wider, to be visible. */
function whole(timelines: readonly Timeline[]): Panel {
  const sent = timelines.flatMap((timeline) =>
    timeline.marks.map(({ at }) => ({ row: rowOf(timeline), name: SENT, at })),
  );
  const end = Math.ceil(Math.max(...sent.map(({ at }) => at)) + 5);
  return {
    ...panel(timelines, WHOLE_WIDTH, "milliseconds", [0, end]),
    data: { values: merged(strokes(timelines)).filter(({ kind, from, to }) => kind !== AWAY || to - from > THIN) },
    layer: [
      { transform: only("away"), mark: "bar", encoding: { x2: { field: "to" }, color: colour } },
      { transform: only("waiting", "computing"), mark: "bar", encoding: { x2: { field: "to" }, color: colour } },
      {
        // A request is drawn below the bar of the computation that it interrupts.
        transform: only("asking"),
        mark: { type: "bar", height: 7, yOffset: 9.5, minBandSize: 1.5 },
        encoding: { x2: { field: "to" }, color: colour },
      },
      {
        transform: only("copying", "host copying"),
        mark: "bar",
        encoding: { x2: { field: "to" }, color: colour },
      },
      {
        transform: only("copying", "host copying"),
        mark: { type: "tick", size: 26, thickness: 2.5, opacity: 1 },
        encoding: { color: colour },
      },
      moments(sent),
    ],
  };
}

/** One message of the first sender, to scale. */
function close(timelines: readonly Timeline[]): Panel {
  const sentAt = ({ marks }: Pick<Timeline, "marks">) =>
    marks.find(({ sender, message }) => sender === 0 && message === MESSAGE)?.at ?? 0;
  const copied = timelines.map(({ activities, marks }) => {
    const from = sentAt({ marks });
    const to = marks.find(({ sender, message }) => sender === 0 && message === MESSAGE + 1)?.at ?? Infinity;
    const copies = activities.filter(({ kind, from: at }) => kind.endsWith("copying") && at >= from && at < to);
    return (copies[0]?.to ?? from) - from;
  });
  const [first, last] = [BEFORE, Math.max(AFTER, 1.1 * Math.max(...copied))];
  const within = (at: number) => Math.min(Math.max(at, first), last);
  const seen = strokes(timelines, sentAt)
    .map((stroke) => ({ ...stroke, from: within(stroke.from), to: within(stroke.to) }))
    .filter(({ from, to }) => from < to);
  const happened = timelines.flatMap((timeline) =>
    timeline.moments
      .map(({ name, at }) => ({ row: rowOf(timeline), name: MOMENTS[name] as string, at: at - sentAt(timeline) }))
      .filter(({ at }) => at > first && at < last)
      .concat({ row: rowOf(timeline), name: SENT, at: 0 }),
  );
  return {
    ...panel(timelines, CLOSE_WIDTH, "milliseconds since it was sent", [first, last]),
    data: { values: seen },
    layer: [{ mark: "bar", encoding: { x2: { field: "to" }, color: colour } }, moments(happened)],
  };
}

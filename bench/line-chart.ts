/** Lines in panels side by side, both scales logarithmic, each line with its name at its end. */
import type { TopLevelSpec } from "vega-lite";
import type { LayerSpec, UnitSpec } from "vega-lite/build/src/spec/index.js";
import { type ChartTitle, drawn, INK } from "./chart.ts";

export interface LineChart extends ChartTitle {
  xTitle: string;
  panels: Panel[];
}

export interface Panel {
  title: string;
  lines: Line[];
}

export interface Line {
  name: string;
  colour: string;
  dashed?: boolean;
  /** In the order of x. y in nanoseconds. */
  points: { x: number; y: number }[];
}

const WIDTH = 400;
const HEIGHT = 420;
/** Pixels between two names. */
const LINE_HEIGHT = 17;

export function lineChart(chart: LineChart): Promise<string> {
  const values = chart.panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ y }) => y)));
  const domain: [number, number] = [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ];
  return drawn(chart, {
    hconcat: chart.panels.map((panel) => specification(panel, chart.xTitle, domain)),
    spacing: 36,
  } as Partial<TopLevelSpec>);
}

type Layer = LayerSpec<string> | UnitSpec<string>;

function specification({ title, lines }: Panel, xTitle: string, domain: [number, number]): Layer {
  const sizes = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))];
  const ends: [number, number] = [sizes[0], sizes[sizes.length - 1]];
  const x = {
    field: "x",
    type: "quantitative" as const,
    scale: { type: "log" as const, domain: ends, nice: false },
    axis: {
      title: xTitle,
      values: sizes,
      format: ",",
      grid: false,
      tickSize: 6,
      labelOverlap: false,
      labelFlush: false,
    },
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    scale: { type: "log" as const, domain, nice: false },
    axis: { title: null, values: decades(domain), labelExpr: DURATION, labelPadding: 12 },
  };
  const heights = namePositions(lines, domain);
  return {
    title: { text: title, anchor: "start", fontSize: 14, color: INK, offset: 10 },
    width: WIDTH,
    height: HEIGHT,
    layer: lines.flatMap(({ name, colour, dashed, points }): Layer[] => {
      const end = points[points.length - 1];
      const strokeDash = dashed ? [5, 4] : [1, 0];
      return [
        {
          data: { values: points },
          mark: { type: "line", color: colour, strokeWidth: 2.2, strokeDash, point: { color: colour, size: 42 } },
          encoding: { x, y },
        },
        {
          data: { values: [{ x: end.x, y: heights.get(name), name }] },
          mark: { type: "text", align: "left", baseline: "middle", dx: 12, fontSize: 13, color: colour },
          encoding: { x, y, text: { field: "name", type: "nominal" } },
        },
      ];
    }),
  };
}

const decades = ([least, most]: [number, number]) =>
  Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, decade) => least * 10 ** decade);

/** Nanoseconds in the unit that one would say. */
const DURATION = `
  datum.value < 1e3 ? datum.value + ' ns' :
  datum.value < 1e6 ? datum.value / 1e3 + ' µs' :
  datum.value < 1e9 ? datum.value / 1e6 + ' ms' : datum.value / 1e9 + ' s'`;

/** How high each name stands: at the end of its line, or above the next lower name where there is no room. */
function namePositions(lines: Line[], [least, most]: [number, number]): Map<string, number> {
  const step = (most / least) ** (LINE_HEIGHT / HEIGHT);
  const positions = new Map<string, number>();
  let lowest = 0;
  for (const { name, y } of lines
    .map(({ name, points }) => ({ name, y: points[points.length - 1].y }))
    .sort((a, b) => a.y - b.y)) {
    lowest = Math.max(y, lowest * step);
    positions.set(name, lowest);
  }
  return positions;
}

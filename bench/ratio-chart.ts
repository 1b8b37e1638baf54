/** Grouped bars of ratios to a yardstick. */
import type { TopLevelSpec } from "vega-lite";
import { type ChartTitle, drawn, INK } from "./chart.ts";
import type { Spread } from "./statistics.ts";

export interface RatioChart extends ChartTitle {
  /** The series whose bars are 1, marked by a line across the chart. */
  baseline: string;
  /** In the order in which groups and series shall appear. A group's name is broken into lines at its commas. */
  bars: (Spread & { group: string; series: string })[];
}

/** The yardsticks in greys, ours in colours: distinct for the colour-blind too, and light, for whiskers to be seen on. */
const COLOURS = ["#9aa5b1", "#cbd2d9", "#4db6ac", "#f2b05e", "#b39ddb", "#f48fb1"];

export function ratioChart(chart: RatioChart): Promise<string> {
  return drawn(chart, specification(chart));
}

function specification({ baseline, bars }: RatioChart): Partial<TopLevelSpec> {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const series = [...new Set(bars.map(({ series }) => series))];
  const groupWidth = Math.max(series.length * 46, 100) + 30;
  const axis = { title: null, labelAngle: 0, ticks: false, labelExpr: "split(datum.label, ', ')" };
  const x = {
    field: "group",
    type: "nominal",
    sort: groups,
    axis,
    scale: { paddingInner: 0.16, paddingOuter: 0.08 },
  } as const;
  const xOffset = { field: "series", type: "nominal", sort: series } as const;
  const others = { filter: { field: "series", oneOf: series.filter((name) => name !== baseline) } };
  const cap = (end: "min" | "max") => ({
    transform: [others],
    mark: { type: "tick" as const, orient: "horizontal" as const, color: INK, size: 9, thickness: 1.4 },
    encoding: { y: { field: end, type: "quantitative" as const } },
  });
  return {
    width: Math.max(groups.length * groupWidth, 800),
    height: 320,
    data: { values: bars },
    encoding: { x, xOffset },
    layer: [
      {
        mark: { type: "bar", stroke: "white", strokeWidth: 2 },
        encoding: {
          y: { field: "median", type: "quantitative", axis: { title: `${baseline} = 1`, tickCount: 6, format: ".1f" } },
          color: {
            field: "series",
            type: "nominal",
            sort: series,
            scale: { domain: series, range: COLOURS.slice(0, series.length) },
            legend: { title: null, orient: "bottom", symbolType: "square" },
          },
        },
      },
      {
        transform: [others],
        mark: { type: "rule", color: INK, strokeWidth: 1.4 },
        encoding: { y: { field: "min", type: "quantitative" }, y2: { field: "max" } },
      },
      cap("min"),
      cap("max"),
      {
        // At the foot of the bar: above it, the figure would sit on the whisker's end and be read as its height.
        mark: { type: "text", baseline: "bottom", dy: -6, color: INK, fontSize: 12 },
        encoding: { y: { datum: 0 }, text: { field: "median", type: "quantitative", format: ".2f" } },
      },
    ],
  };
}

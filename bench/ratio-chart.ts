/** Grouped bars of ratios to a yardstick. */
import type { TopLevelSpec } from "vega-lite";
import { type ChartTitle, drawn, INK } from "./chart.ts";
import type { Spread } from "./statistics.ts";

export interface RatioChart extends ChartTitle {
  /** The series whose bars are 1, marked by a line across the chart. */
  baseline: string;
  /** In the order of groups and series. A group's name is broken into lines at its commas. */
  bars: (Spread & { group: string; series: string })[];
}

/** The yardsticks in greys, ours in colours: distinct for the colour-blind too, and light, for whiskers to be seen on. */
const GREYS = ["#9aa5b1", "#cbd2d9"];
const COLOURS = [
  ...["#4db6ac", "#f2b05e", "#b39ddb", "#f48fb1", "#64b5f6"],
  ...["#aed581", "#ff8a65", "#bcaaa4", "#dce775", "#9fa8da"],
];

export function ratioChart(chart: RatioChart): Promise<string> {
  return drawn(chart, specification(chart));
}

/** With more groups than this the bars lie, or nobody could read what is under them. */
const MAX_STANDING = 8;

function specification({ baseline, bars }: RatioChart): Partial<TopLevelSpec> {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const series = [...new Set(bars.map(({ series }) => series))];
  const colours = series.includes(baseline) ? [...GREYS, ...COLOURS] : COLOURS;
  const lying = groups.length > MAX_STANDING;
  const [along, offset, value, end] = lying
    ? (["y", "yOffset", "x", "x2"] as const)
    : (["x", "xOffset", "y", "y2"] as const);
  const room = lying ? series.length * 17 + 8 : Math.max(series.length * 46, 100) + 30;
  const axis = {
    title: null,
    ticks: false,
    ...(lying ? { labelLimit: 280 } : { labelAngle: 0, labelExpr: "split(datum.label, ', ')" }),
  };
  const others = { filter: { field: "series", oneOf: series.filter((name) => name !== baseline) } };
  const cap = (field: "min" | "max") => ({
    transform: [others],
    mark: {
      type: "tick" as const,
      orient: lying ? ("vertical" as const) : ("horizontal" as const),
      color: INK,
      size: 9,
      thickness: 1.4,
    },
    encoding: { [value]: { field, type: "quantitative" as const } },
  });
  return {
    width: lying ? 640 : Math.max(groups.length * room, 800),
    height: lying ? groups.length * room : 320,
    data: { values: bars },
    encoding: {
      [along]: {
        field: "group",
        type: "nominal",
        sort: groups,
        axis,
        scale: { paddingInner: 0.16, paddingOuter: 0.08 },
      },
      [offset]: { field: "series", type: "nominal", sort: series },
    },
    layer: [
      {
        mark: { type: "bar", stroke: "white", strokeWidth: lying ? 1 : 2 },
        encoding: {
          [value]: {
            field: "median",
            type: "quantitative",
            axis: { title: `${baseline} = 1`, tickCount: 6, format: ".1f" },
          },
          color: {
            field: "series",
            type: "nominal",
            sort: series,
            scale: { domain: series, range: colours.slice(0, series.length) },
            legend: { title: null, orient: "bottom", symbolType: "square" },
          },
        },
      },
      {
        transform: [others],
        mark: { type: "rule", color: INK, strokeWidth: 1.4 },
        encoding: { [value]: { field: "min", type: "quantitative" }, [end]: { field: "max" } },
      },
      cap("min"),
      cap("max"),
      {
        // At the foot of the bar: at its end, the figure would cover the whisker.
        mark: {
          type: "text",
          color: INK,
          fontSize: 12,
          ...(lying ? { align: "left", baseline: "middle", dx: 6 } : { baseline: "bottom", dy: -6 }),
        },
        encoding: { [value]: { datum: 0 }, text: { field: "median", type: "quantitative", format: ".2f" } },
      },
    ],
  };
}

/** The common parts of all plots: drawing (Vega-Lite, as SVG), colours and type. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

export const INK = "#1f2933";
export const MUTED = "#616e7c";
const GRID = "#e4e7eb";

export interface ChartTitle {
  title: string;
  /** Lines under the title. */
  subtitle: string[];
}

/** The SVG of a specification, which gets its title, a white background and the common style. */
export function drawn({ title, subtitle }: ChartTitle, specification: Partial<TopLevelSpec>): Promise<string> {
  const { spec } = compile({
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: title, subtitle, anchor: "start", offset: 16, subtitlePadding: 6 },
    background: "white",
    padding: 20,
    ...specification,
    config: {
      font: "Helvetica, Arial, sans-serif",
      title: { fontSize: 18, color: INK, subtitleFontSize: 12, subtitleColor: MUTED },
      axis: {
        labelFontSize: 13,
        titleFontSize: 13,
        labelColor: INK,
        titleColor: MUTED,
        gridColor: GRID,
        domainColor: GRID,
      },
      axisY: { domain: false, ticks: false, titlePadding: 12 },
      axisX: { labelPadding: 10, labelLimit: 240 },
      legend: { labelFontSize: 13, labelColor: INK, symbolSize: 160, columnPadding: 24, labelLimit: 400, offset: 16 },
      view: { stroke: null },
    },
  } as TopLevelSpec);
  return new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
}

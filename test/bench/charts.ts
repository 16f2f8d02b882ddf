/** Draws a column of a table as bars, in SVG. */
import { compile } from "vega-lite";
import { parse, View } from "vega";
import { middle, type Table } from "./figures.ts";

const WIDTH = 420;
const ROW_HEIGHT = 26;

/** @returns undefined for a table without a chart */
export async function toSvg({
  rows,
  chart,
}: Table): Promise<string | undefined> {
  if (chart === undefined) return undefined;
  const { column, title } = chart;
  const values = rows.map(({ name, cells }) => ({
    name,
    value: middle(cells[column]),
  }));
  const name = { field: "name", type: "nominal", sort: null } as const;
  const value = { field: "value", type: "quantitative" } as const;
  const { spec } = compile({
    title: { text: `${title}: ${column}`, anchor: "start" },
    data: { values },
    width: WIDTH,
    height: { step: ROW_HEIGHT },
    background: "white",
    layer: [
      {
        mark: { type: "bar", color: "#3b6fd4" },
        encoding: {
          y: { ...name, axis: { title: null, labelLimit: 300 } },
          x: { ...value, axis: { title: null, format: "~s" } },
        },
      },
      {
        mark: { type: "text", align: "left", dx: 4 },
        encoding: { y: name, x: value, text: { ...value, format: ",.0f" } },
      },
    ],
  });
  return new View(parse(spec), { renderer: "none" }).toSVG();
}

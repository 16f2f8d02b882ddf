/** Small charts over minutes, as bars or lines, that say what is under the pointer. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Minute } from "../api/objects.ts";
import { toHourMinute } from "../format/time.ts";

const HEIGHT = 100;
/** Of 100: so that the highest value does not touch the edge. */
const ROOM = 92;

interface Series {
  readonly name: string;
  readonly tone: string;
  readonly valueOf: (minute: Minute) => number | null;
}

interface ChartProps {
  readonly title: string;
  readonly headline: string;
  readonly unit: string;
  readonly minutes: readonly Minute[];
  readonly series: readonly Series[];
  readonly toText: (value: number) => string;
}

export function BarChart(props: ChartProps) {
  const { minutes, series } = props;
  const highest = Math.max(
    1,
    ...minutes.map((minute) =>
      series.reduce((sum, { valueOf }) => sum + (valueOf(minute) ?? 0), 0),
    ),
  );
  return (
    <Frame {...props}>
      {minutes.map((minute, index) => {
        let top = HEIGHT;
        return series.map(({ name, tone, valueOf }) => {
          const height = (ROOM * (valueOf(minute) ?? 0)) / highest;
          top -= height;
          return (
            <rect
              key={`${name} ${minute.time}`}
              class={`chart-bar chart-${tone}`}
              x={index + 0.12}
              width={0.76}
              y={top}
              height={height}
            />
          );
        });
      })}
    </Frame>
  );
}

export function LineChart(props: ChartProps) {
  const { minutes, series } = props;
  const values = minutes.flatMap((minute) =>
    series.map(({ valueOf }) => valueOf(minute) ?? 0),
  );
  const highest = Math.max(1, ...values);
  return (
    <Frame {...props}>
      {series.map(({ name, tone, valueOf }) => (
        <path
          key={name}
          class={`chart-line chart-${tone}`}
          d={toLine(minutes.map(valueOf), highest)}
        />
      ))}
    </Frame>
  );
}

/** Minutes without a value are bridged; a lone one is a short stroke. */
function toLine(values: readonly (number | null)[], highest: number): string {
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [`${index + 0.5} ${(HEIGHT - (ROOM * value) / highest).toFixed(2)}`],
  );
  const [first] = points;
  if (first === undefined) return "";
  return points.length === 1 ? `M${first}h0.5` : `M${points.join("L")}`;
}

function Frame(props: ChartProps & { children: ComponentChildren }) {
  const { title, headline, unit, minutes, series, toText } = props;
  const [index, setIndex] = useState<number>();
  const minute = index === undefined ? undefined : minutes[index];
  const said =
    minute &&
    series
      .map(({ name, valueOf }) => {
        const value = valueOf(minute);
        return value === null ? "" : `${name} ${toText(value)}`;
      })
      .filter(Boolean)
      .join(", ");
  return (
    <figure class="card chart">
      <figcaption class="chart-head">
        <span class="chart-title">{title}</span>
        <span class="chart-headline">{headline}</span>
        <span class="chart-unit">
          {minute === undefined
            ? unit
            : `${toHourMinute(minute.time)} · ${said === "" ? "nothing" : said}`}
        </span>
      </figcaption>
      <svg
        class="chart-plot"
        role="img"
        aria-label={`${title}: ${headline}, ${unit}`}
        viewBox={`0 0 ${Math.max(1, minutes.length)} ${HEIGHT}`}
        preserveAspectRatio="none"
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - left) / width;
          setIndex(Math.floor(share * minutes.length));
        }}
        onPointerLeave={() => {
          setIndex(undefined);
        }}
      >
        {index !== undefined && (
          <rect class="chart-pointer" x={index} width={1} height={HEIGHT} />
        )}
        {props.children}
      </svg>
      <div class="chart-axis" aria-hidden="true">
        <span>
          {minutes[0] === undefined ? "" : toHourMinute(minutes[0].time)}
        </span>
        <span>now</span>
      </div>
    </figure>
  );
}

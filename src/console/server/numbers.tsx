/** Named numbers of the server, sizes among them. */
import { Fragment } from "preact";
import { toSize } from "../format/amounts.ts";

export function Numbers(props: {
  title: string;
  values: Readonly<Record<string, unknown>>;
}) {
  const entries = Object.entries(props.values).filter(
    ([, value]) => typeof value !== "object",
  );
  if (entries.length === 0) return null;
  return (
    <section class="card gauge">
      <h2 class="gauge-title">{props.title}</h2>
      <dl class="facts facts-small">
        {entries.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{toWords(name)}</dt>
            <dd>{toText(name, value)}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

function toWords(name: string): string {
  if (name === "bytes") return "size";
  return name.replace(/_bytes$/, "").replaceAll("_", " ");
}

function toText(name: string, value: unknown): string {
  if (typeof value !== "number") return String(value);
  return name.endsWith("bytes") ? toSize(value) : value.toLocaleString("en");
}

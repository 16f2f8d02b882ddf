/** A JSON text as a tree or as it is, to copy and to download. */
import { useMemo, useState } from "preact/hooks";
import { toSize } from "../format/amounts.ts";
import { CopyButton } from "./copy-button.tsx";
import { download } from "./download.ts";
import { Icon } from "./icon.tsx";
import { JsonTree } from "./json-tree.tsx";

const MAX_RAW = 200_000;

export function JsonView(props: { text: string; fileName: string }) {
  const { text, fileName } = props;
  const [isRaw, setRaw] = useState(false);
  const parsed = useMemo(() => parse(text), [text]);
  return (
    <div class="json">
      <div class="json-bar">
        <span class="muted">{toSize(new Blob([text]).size)}</span>
        <span class="spacer" />
        <button
          type="button"
          class="link-button"
          aria-pressed={isRaw}
          onClick={() => {
            setRaw(!isRaw);
          }}
        >
          {isRaw ? "Tree" : "Raw"}
        </button>
        <CopyButton text={text} label="Copy JSON" />
        <button
          type="button"
          class="icon-button"
          aria-label="Download JSON"
          title="Download JSON"
          onClick={() => {
            download(new Blob([text], { type: "application/json" }), fileName);
          }}
        >
          <Icon name="download" />
        </button>
      </div>
      {isRaw || parsed === undefined ? (
        <pre class="code" tabIndex={0}>
          {text.length > MAX_RAW
            ? `${text.slice(0, MAX_RAW)}\n… download it to see the rest`
            : toPretty(parsed, text)}
        </pre>
      ) : (
        <JsonTree value={parsed.value} />
      )}
    </div>
  );
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function toPretty(parsed: { value: unknown } | undefined, text: string) {
  return parsed === undefined ? text : JSON.stringify(parsed.value, null, 2);
}

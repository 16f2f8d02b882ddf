/** JSON as a tree: closed where it is large, and built only when it is opened. */
import { useState } from "preact/hooks";
import { toCount } from "../format/amounts.ts";

const PAGE = 100;
const MAX_TEXT = 400;
const OPEN_DEPTH = 2;
const OPEN_SIZE = 30;

export function JsonTree({ value }: { value: unknown }) {
  return (
    <div class="tree">
      <Node value={value} depth={0} />
    </div>
  );
}

function Node(props: { name?: string; value: unknown; depth: number }) {
  const { name, value, depth } = props;
  if (typeof value !== "object" || value === null)
    return (
      <div class="tree-line">
        <Name name={name} />
        <Scalar value={value} />
      </div>
    );
  return <Branch name={name} value={value} depth={depth} />;
}

function Branch(props: {
  name: string | undefined;
  value: object;
  depth: number;
}) {
  const { name, value, depth } = props;
  const isList = Array.isArray(value);
  const size = isList ? value.length : Object.keys(value).length;
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH && size <= OPEN_SIZE);
  const [shown, setShown] = useState(PAGE);
  if (size === 0)
    return (
      <div class="tree-line">
        <Name name={name} />
        <span class="tree-mark">{isList ? "[ ]" : "{ }"}</span>
      </div>
    );
  return (
    <details
      class="tree-branch"
      open={isOpen}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        <Name name={name} />
        <span class="tree-mark">
          {isList ? toCount(size, "item") : toCount(size, "member")}
        </span>
      </summary>
      {isOpen && (
        <div class="tree-children">
          {Object.entries(value)
            .slice(0, shown)
            .map(([key, child]) => (
              <Node key={key} name={key} value={child} depth={depth + 1} />
            ))}
          {size > shown && (
            <button
              type="button"
              class="link-button"
              onClick={() => {
                setShown(shown + PAGE);
              }}
            >
              Show {Math.min(PAGE, size - shown)} more of {size - shown}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span class="tree-name">{name}</span>;
}

function Scalar({ value }: { value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (typeof value !== "string")
    return <span class="tree-literal">{String(value)}</span>;
  const isCut = value.length > MAX_TEXT && !isWhole;
  return (
    <span class="tree-text">
      {JSON.stringify(isCut ? value.slice(0, MAX_TEXT) : value)}
      {isCut && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            setWhole(true);
          }}
        >
          … show all {value.length.toLocaleString("en")} characters
        </button>
      )}
    </span>
  );
}

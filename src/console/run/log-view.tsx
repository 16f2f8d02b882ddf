/** The log of a run: it follows, can be searched, and keeps still while somebody reads. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { LogLine, RunEvent, RunSummary } from "../api/objects.ts";
import { isMissing, request } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { toCount, toShortId } from "../format/amounts.ts";
import { toClock } from "../format/time.ts";
import { download } from "../parts/download.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import {
  filterLines,
  type Level,
  LEVELS,
  mergeLines,
  parseLines,
} from "./log-lines.ts";
import { isActive, runPath } from "./use-run.ts";

/** More at once would make the page slow. */
const PAGE = 500;

export function useLog(run: RunSummary, events: readonly RunEvent[]) {
  const loaded = useResource(
    `log of ${run.id}, ${run.state}`,
    async (signal) => {
      const response = await request(`${runPath(run.id)}/logs`, { signal });
      return parseLines(await response.text());
    },
  );
  const lines = useMemo(
    () => mergeLines(loaded.value ?? [], events),
    [loaded.value, events],
  );
  return { ...loaded, lines };
}

export function LogView(props: {
  run: RunSummary;
  log: ReturnType<typeof useLog>;
}) {
  const { run, log } = props;
  const [text, setText] = useState("");
  const [level, setLevel] = useState<Level>("debug");
  const found = useMemo(
    () => filterLines(log.lines, { text, level }),
    [log.lines, text, level],
  );
  return (
    <section class="card" aria-labelledby="log-title">
      <div class="card-head">
        <h2 id="log-title">Log</h2>
        <span class="muted small" role="status">
          {log.lines.length > 0 &&
            (found.length === log.lines.length
              ? toCount(found.length, "line")
              : `${found.length} of ${toCount(log.lines.length, "line")}`)}
        </span>
      </div>
      {log.lines.length > 0 && (
        <div class="log-bar">
          <div class="search">
            <Icon name="search" />
            <input
              type="search"
              class="input"
              placeholder="Search the log"
              aria-label="Search the log"
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
              }}
            />
          </div>
          <select
            class="input input-small"
            aria-label="Least level"
            value={level}
            onChange={(event) => {
              setLevel(event.currentTarget.value as Level);
            }}
          >
            {LEVELS.map((name) => (
              <option key={name} value={name}>
                {name === "error" ? "error only" : `${name} and up`}
              </option>
            ))}
          </select>
          <button
            type="button"
            class="icon-button"
            aria-label="Download the log"
            title="Download the log"
            onClick={() => {
              save(log.lines, `${run.action}-${toShortId(run.id)}.log.jsonl`);
            }}
          >
            <Icon name="download" />
          </button>
        </div>
      )}
      <Body run={run} log={log} found={found} />
    </section>
  );
}

function Body(props: {
  run: RunSummary;
  log: ReturnType<typeof useLog>;
  found: readonly LogLine[];
}) {
  const { run, log, found } = props;
  if (log.lines.length === 0) {
    if (isMissing(log.error))
      return <Empty icon="docs" title="This server does not keep run logs" />;
    if (log.error !== undefined)
      return <Failure error={log.error} onRetry={log.reload} />;
    if (log.isLoading) return <Loading rows={2} />;
    return (
      <Empty
        icon="docs"
        title={isActive(run) ? "No log lines yet" : "No log lines"}
      />
    );
  }
  if (found.length === 0)
    return <Empty icon="search" title="No line matches" />;
  return <Lines lines={found} isFollowing={isActive(run)} />;
}

function Lines(props: { lines: readonly LogLine[]; isFollowing: boolean }) {
  const { lines, isFollowing } = props;
  const [pages, setPages] = useState(1);
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (current !== null && isAtEnd.current && isFollowing)
      current.scrollTop = current.scrollHeight;
  }, [lines, isFollowing]);
  const hiddenCount = Math.max(0, lines.length - pages * PAGE);
  return (
    <div
      class="log"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label="Lines of the log"
      onScroll={({
        currentTarget: { scrollTop, scrollHeight, clientHeight },
      }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {hiddenCount > 0 && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            setPages(pages + 1);
          }}
        >
          Show earlier lines ({hiddenCount.toLocaleString("en")})
        </button>
      )}
      {lines.slice(hiddenCount).map((line) => (
        <Line key={line.seq} line={line} />
      ))}
    </div>
  );
}

function Line({ line }: { line: LogLine }) {
  const { time, level, message, fields, stack } = line;
  return (
    <div class={`log-line log-${level}`}>
      <time class="log-time" dateTime={time}>
        {toClock(time)}
      </time>
      <span class="log-level">{level}</span>
      <div class="log-text">
        {message}
        {fields !== undefined && Object.keys(fields).length > 0 && (
          <span class="log-fields">
            {Object.entries(fields).map(([name, value]) => (
              <span key={name}>
                {" "}
                {name}=
                {typeof value === "string" ? value : JSON.stringify(value)}
              </span>
            ))}
          </span>
        )}
        {stack !== undefined && <pre class="log-stack">{stack}</pre>}
      </div>
    </div>
  );
}

function save(lines: readonly LogLine[], name: string): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  download(new Blob([text], { type: "application/x-ndjson" }), name);
}

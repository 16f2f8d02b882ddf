/** The input or the result of a run; a large one is loaded only when asked for. */
import { useState } from "preact/hooks";
import type { RunSummary } from "../api/objects.ts";
import { request } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { toShortId, toSize } from "../format/amounts.ts";
import { announceFailure } from "../parts/announce.tsx";
import { download } from "../parts/download.ts";
import { Icon } from "../parts/icon.tsx";
import { JsonView } from "../parts/json-view.tsx";
import { Failure, Loading, toMessage } from "../parts/states.tsx";
import { runPath } from "./use-run.ts";

const MAX_BYTES = 1_000_000;

type Member = "inputs" | "result";
type Loaded = { readonly text: string } | { readonly isLarge: true };

export function Payload(props: { run: RunSummary; member: Member }) {
  const { run, member } = props;
  const [isWanted, setWanted] = useState(false);
  const loaded = useResource(
    `${member} of ${run.id}, ${run.state}, ${isWanted}`,
    (signal) => load(run.id, { member, signal, isWanted }),
  );
  const fileName = `${run.action}-${toShortId(run.id)}-${member}.json`;
  if (loaded.value === undefined)
    return loaded.error === undefined ? (
      <Loading rows={2} />
    ) : (
      <Failure error={loaded.error} onRetry={loaded.reload} />
    );
  if ("text" in loaded.value)
    return <JsonView text={loaded.value.text} fileName={fileName} />;
  return (
    <div class="large-payload">
      <p>
        This is larger than {toSize(MAX_BYTES)}, so it was not loaded
        automatically.
      </p>
      <div class="buttons">
        <button
          type="button"
          class="button"
          onClick={() => {
            void save(run.id, member, fileName);
          }}
        >
          <Icon name="download" /> Download
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            setWanted(true);
          }}
        >
          Show it here
        </button>
      </div>
    </div>
  );
}

async function load(
  id: string,
  asked: { member: Member; signal: AbortSignal; isWanted: boolean },
): Promise<Loaded> {
  const { member, signal, isWanted } = asked;
  const most = isWanted ? Infinity : MAX_BYTES;
  const text = await readUpTo(
    most,
    await request(`${runPath(id)}/fields?fields=${member}`, { signal }),
  );
  if (text === undefined) return { isLarge: true };
  const members = JSON.parse(text) as Record<Member, string | null>;
  return { text: members[member] ?? "null" };
}

/** @returns undefined when there is more; the rest is not loaded */
async function readUpTo(
  most: number,
  response: Response,
): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let byteCount = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const piece = await reader?.read();
    if (piece?.value === undefined) return new Blob(chunks).text();
    byteCount += piece.value.byteLength;
    if (byteCount > most) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(piece.value);
  }
}

async function save(id: string, member: Member, name: string): Promise<void> {
  try {
    const response = await request(`${runPath(id)}/fields?fields=${member}`);
    const members = (await response.json()) as Record<Member, string | null>;
    const text = members[member] ?? "null";
    download(new Blob([text], { type: "application/json" }), name);
  } catch (error) {
    announceFailure(toMessage(error));
  }
}

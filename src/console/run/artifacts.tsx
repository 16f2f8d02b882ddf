/** The files that a run has left. */
import type { Artifact, RunSummary } from "../api/objects.ts";
import { ask, request } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { toSize } from "../format/amounts.ts";
import { announceFailure } from "../parts/announce.tsx";
import { download } from "../parts/download.ts";
import { Icon } from "../parts/icon.tsx";
import { toMessage } from "../parts/states.tsx";
import { runPath } from "./use-run.ts";

/** Nothing where the run has left none, or the server keeps none. */
export function Artifacts({ run }: { run: RunSummary }) {
  const { value = [] } = useResource(
    `artifacts of ${run.id}, ${run.state}`,
    (signal) => ask<Artifact[]>(`${runPath(run.id)}/artifacts`, { signal }),
  );
  if (value.length === 0) return null;
  return (
    <section class="card" aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">Artifacts</h2>
      <ul class="artifacts">
        {value.map(({ name, size, content_type }) => (
          <li key={name} class="artifact">
            <Icon name="file" />
            <span class="artifact-name mono">{name}</span>
            <span class="muted small">
              {toSize(size)} · {content_type}
            </span>
            <button
              type="button"
              class="icon-button"
              aria-label={`Download ${name}`}
              title="Download"
              onClick={() => {
                void save(run.id, name);
              }}
            >
              <Icon name="download" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A link could not carry the key. */
async function save(id: string, name: string): Promise<void> {
  const file = name.split("/").map(encodeURIComponent).join("/");
  try {
    const response = await request(`${runPath(id)}/artifacts/${file}`);
    download(await response.blob(), name.split("/").at(-1) ?? name);
  } catch (error) {
    announceFailure(toMessage(error));
  }
}

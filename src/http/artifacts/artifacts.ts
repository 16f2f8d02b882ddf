/** The artifacts of a run over HTTP: which there are, and each of them as a file that no browser shows as a page. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import type { Artifact } from "../../run/artifacts/artifact-folder.ts";
import type { RunFiles } from "../../run/artifacts/run-files.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import { json, plainInteger } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { runReply } from "../reply.ts";
import { runId } from "../runs/run-object.ts";
import { artifactReply, typeOf } from "./artifact-reply.ts";

export interface ArtifactsParts {
  readonly store: RunStore;
  readonly artifacts: RunFiles;
}

const listArtifacts = operation({
  id: "listArtifacts",
  method: "GET",
  path: "/api/runs/:id/artifacts",
  need: "read",
  tag: "Runs",
  summary: "List the files that a run has left",
  params: runId,
  replies: {
    200: json(
      "The artifacts in the order of their names.",
      t.Array(
        t.Object({
          name: t.String(),
          size: plainInteger({ description: "Bytes." }),
          content_type: t.String(),
          time: t.String({ description: "When the file was completed." }),
        }),
      ),
    ),
  },
  problems: ["run_not_found"],
  async handle({ params, caller }, { store, artifacts }: ArtifactsParts) {
    const run = await viewOf(caller, store).get(params.id);
    const found = run.hasArtifacts ? await artifacts.list(run.id) : [];
    return runReply(run.id, found.map(toArtifactObject));
  },
});

const getArtifact = operation({
  id: "getArtifact",
  method: "GET",
  path: "/api/runs/:id/artifacts/:name",
  need: "read",
  tag: "Runs",
  summary: "Download a file that a run has left",
  description:
    "Returns the file as an attachment, which browsers save and never open. One range of bytes may be requested.",
  params: t.Object({
    ...runId.properties,
    name: t.String({ description: "The name of the artifact." }),
  }),
  headers: t.Object(
    {
      range: t.Optional(
        t.String({ description: "One range, such as `bytes=0-1023`." }),
      ),
    },
    { additionalProperties: true },
  ),
  replies: {
    200: { description: "The file." },
    206: { description: "The range of bytes that was asked for." },
  },
  problems: ["run_not_found", "artifact_not_found", "range_not_satisfiable"],
  readHeaders: (headers) => headers.get("range"),
  async handle(
    { params, caller, read: range },
    { store, artifacts }: ArtifactsParts,
  ) {
    const run = await viewOf(caller, store).get(params.id);
    const file = await artifacts.find(run.id, params.name);
    if (file === undefined)
      throw new ServerError(
        "artifact_not_found",
        `The run "${run.id}" has no artifact ${JSON.stringify(params.name)}.`,
      );
    return artifactReply(run.id, { name: params.name, file, range });
  },
});

export const artifactOperations = [listArtifacts, getArtifact];

function toArtifactObject({ name, bytes, at }: Artifact) {
  return {
    name,
    size: bytes,
    content_type: typeOf(name),
    time: new Date(at).toISOString(),
  };
}

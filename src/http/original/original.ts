/** What clients of Sema4.ai's Action Server ask for besides runs: its packages, its configuration, and contents of artifacts. */
import { t } from "elysia";
import { type Caller, mayUse } from "../../access/caller.ts";
import type { Keyring } from "../../access/keyring.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { ServerError } from "../../errors.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import { artifactReply } from "../artifacts/artifact-reply.ts";
import { json, refusedParameter, textParameter } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { type ContentParts, findContents } from "./artifact-contents.ts";
import { jsonReply, runReply } from "../reply.ts";
import { runId } from "../runs/run-object.ts";

export interface OriginalParts extends ContentParts {
  readonly catalog: Pick<LiveCatalog, "list" | "current">;
  readonly keyring: Keyring;
  readonly version: string;
  readonly serverUrl?: string | undefined;
  readonly store: RunStore;
}

/** What texts of artifacts may have together. */
const MAX_TEXT_BYTES = 16 * 1024 ** 2;

const listPackages = operation({
  id: "listActionPackages",
  method: "GET",
  path: "/api/actionPackages",
  need: "read",
  tag: "Actions",
  summary:
    "List the packages with their actions, in the format of Sema4.ai's Action Server",
  replies: {
    200: json(
      "The packages in the order of their names.",
      t.Array(
        t.Object({
          id: t.String(),
          name: t.String(),
          version: t.String({ description: 'Always "".' }),
          actions: t.Array(
            t.Object({
              id: t.String({ description: "The `action_id` of its runs." }),
              action_package_id: t.String(),
              name: t.String(),
              docs: t.String(),
              file: t.String(),
              lineno: t.Number(),
              input_schema: t.String({ description: "JSON text" }),
              output_schema: t.String({ description: "JSON text" }),
              managed_params_schema: t.Union([t.String(), t.Null()], {
                description:
                  "JSON text: the secrets that it needs, in the format of Sema4.ai's Action Server.",
              }),
              is_consequential: t.Union([t.Boolean(), t.Null()]),
              enabled: t.Boolean(),
              options: t.String({
                description: "JSON text: its kind and its display name.",
              }),
            }),
          ),
        }),
      ),
    ),
  },
  problems: [],
  handle: ({ caller }, { catalog }: OriginalParts) =>
    jsonReply(toPackages(catalog, caller)),
});

/** @returns the packages that the caller may use, with their actions */
export function toPackages(
  catalog: Pick<Catalog, "list">,
  caller: Caller,
): unknown {
  const packages = new Map<string, ReturnType<typeof toAction>[]>();
  for (const entry of catalog.list())
    if (mayUse(caller, entry.package)) {
      const actions = packages.get(entry.package) ?? [];
      packages.set(entry.package, [...actions, toAction(entry)]);
    }
  return [...packages].map(([name, actions]) => ({
    id: name,
    name,
    version: "",
    actions,
  }));
}

const getConfig = operation({
  id: "getConfig",
  method: "GET",
  path: "/config",
  need: "key",
  tag: "Server",
  summary: "Get the configuration, in the format of Sema4.ai's Action Server",
  replies: {
    200: json(
      "What a page has to know.",
      t.Object({
        version: t.String(),
        auth_enabled: t.Boolean(),
        expose_url: t.Union([t.String(), t.Literal(false)]),
        mtime_uuid: t.String({
          description: "It changes when other actions are served.",
        }),
      }),
    ),
  },
  problems: [],
  handle: (_, { catalog, keyring, version, serverUrl }: OriginalParts) =>
    jsonReply({
      version,
      auth_enabled: keyring.isOn,
      expose_url: serverUrl ?? false,
      mtime_uuid: catalog.current.version,
    }),
});

const getText = operation({
  id: "getArtifactTexts",
  method: "GET",
  path: "/api/runs/:id/artifacts/text-content",
  need: "read",
  tag: "Runs",
  summary: "Get the texts of artifacts, as in Sema4.ai's Action Server",
  params: runId,
  query: t.Object({
    artifact_names: t.Optional(
      t.Array(t.String(), {
        description:
          "The names of the artifacts, or of what the original writes for each run: `__action_server_output.txt`, `__action_server_inputs.json`, `__action_server_result.json`, `log.html`.",
      }),
    ),
    artifact_name_regexp: refusedParameter,
  }),
  replies: {
    200: json(
      "The texts by the names that there are.",
      t.Record(t.String(), t.String()),
    ),
  },
  problems: ["invalid_parameter", "run_not_found"],
  async handle({ params, query, caller }, parts: OriginalParts) {
    const run = await viewOf(caller, parts.store).get(params.id);
    const texts: Record<string, string> = {};
    let left = MAX_TEXT_BYTES;
    if (query.artifact_name_regexp !== undefined)
      throw new ServerError(
        "invalid_parameter",
        "artifact_name_regexp is not supported, because matching it may take very long. Name the artifacts with artifact_names.",
      );
    for (const name of query.artifact_names ?? []) {
      const file = await findContents(run, name, parts);
      // As in the original, what there is not is left out.
      if (file === undefined) continue;
      left -= file.size;
      if (left < 0)
        throw new ServerError(
          "invalid_parameter",
          `These artifacts have more than ${MAX_TEXT_BYTES} bytes together. Download each of them by itself.`,
        );
      texts[name] = await new Response(file.slice(0, file.size)).text();
    }
    return runReply(run.id, texts);
  },
});

const getBinary = operation({
  id: "getArtifactBytes",
  method: "GET",
  path: "/api/runs/:id/artifacts/binary-content",
  need: "read",
  tag: "Runs",
  summary: "Download an artifact, as in Sema4.ai's Action Server",
  params: runId,
  query: t.Object({
    artifact_name: textParameter(
      { type: "string", description: "The name of the artifact." },
      { isRequired: true },
    ),
  }),
  replies: { 200: { description: "The file." } },
  problems: ["invalid_parameter", "run_not_found", "artifact_not_found"],
  isStream: true,
  async handle({ params, query, caller }, parts: OriginalParts) {
    const run = await viewOf(caller, parts.store).get(params.id);
    const { artifact_name: name } = query;
    if (name === undefined)
      throw new ServerError(
        "invalid_parameter",
        "artifact_name must be the name of an artifact.",
      );
    const file = await findContents(run, name, parts);
    if (file === undefined)
      throw new ServerError(
        "artifact_not_found",
        `The run "${run.id}" has no artifact ${JSON.stringify(name)}.`,
      );
    return artifactReply(run.id, { name, file, range: null });
  },
});

export const originalOperations = [listPackages, getConfig, getText, getBinary];

function toAction(entry: CatalogEntry) {
  const { address, package: packageName, action } = entry;
  return {
    id: address,
    action_package_id: packageName,
    name: entry.name.replaceAll("-", "_"),
    docs: entry.description ?? "",
    // Where the code is on the server is nobody's business.
    file: "",
    lineno: 0,
    input_schema: JSON.stringify(entry.inputSchema),
    output_schema: JSON.stringify(entry.outputSchema ?? {}),
    managed_params_schema: toManaged(action.secrets),
    is_consequential: action.presentation.consequential ?? null,
    enabled: true,
    options: JSON.stringify({
      kind: action.presentation.kind ?? "action",
      display_name: action.presentation.title ?? "",
    }),
  };
}

function toManaged(secrets: readonly string[]): string | null {
  if (secrets.length === 0) return null;
  const members = secrets.map((name) => [name, { type: "Secret" }]);
  return JSON.stringify(Object.fromEntries(members));
}

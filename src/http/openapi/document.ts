/** The OpenAPI document: made of the table of operations and of the catalog, and shown to each caller as far as it may see it. */
import { type Caller, mayUse } from "../../access/caller.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { Operation } from "../operation.ts";
import { schemas, securitySchemes } from "./components.ts";
import { Components } from "./lift.ts";
import { nameOperations } from "./operation-ids.ts";
import { type Parameter, toParameters } from "./parameters.ts";
import { guardReplies, problemReplies } from "./problem-replies.ts";

type Item = Readonly<Record<string, unknown>>;
export type Document = Readonly<
  { paths: Readonly<Record<string, Item>> } & Record<string, unknown>
>;

interface DocumentParts {
  readonly catalog: LiveCatalog;
  /** The version of the server. */
  readonly version: string;
  /** The URL by which clients call the server; "/" means where the document comes from. */
  readonly serverUrl?: string | undefined;
}

interface Shown {
  /** Whether requests need a key. */
  readonly needsKey: boolean;
  /** Whether it has every operation, and not only the actions. */
  readonly isFull: boolean;
}

const SECURITY = [{ bearer: [] }, { apiKey: [] }];
const TAGS = [
  { name: "Actions", description: "The actions of this server." },
  { name: "Runs", description: "Runs of actions: queued, running and ended." },
  {
    name: "Callbacks",
    description: "Callbacks that tell how detached runs ended.",
  },
  { name: "Health", description: "The health of the server." },
  { name: "Server", description: "What the server does and did." },
  { name: "Keys", description: "The API keys of the server." },
];
/** What identifies a run, for the operations that look at it. */
const LINKS = Object.fromEntries(
  ["getRun", "getRunResult", "cancelRun"].map((operationId) => [
    operationId,
    {
      operationId,
      parameters: { id: "$response.header.x-action-server-run-id" },
    },
  ]),
);

export class Documents {
  readonly #operations: readonly Operation<never>[];
  readonly #parts: DocumentParts;
  /** By what is shown, and to whom. */
  #made = new Map<string, Document>();

  constructor(operations: readonly Operation<never>[], parts: DocumentParts) {
    this.#operations = operations;
    this.#parts = parts;
    parts.catalog.onChange(() => {
      this.#made = new Map();
    });
  }

  /** @returns the document without the actions that this caller may not run */
  visibleTo(caller: Caller, shown: Shown): Document {
    const entries = this.#parts.catalog.list();
    const visible = entries.filter((entry) => mayUse(caller, entry.package));
    const key = JSON.stringify([shown, caller.packages]);
    let document = this.#made.get(key);
    if (document === undefined) {
      document = this.#make(visible, shown);
      this.#made.set(key, document);
    }
    return document;
  }

  #make(entries: readonly CatalogEntry[], shown: Shown): Document {
    const { catalog, version, serverUrl = "/" } = this.#parts;
    const listed = this.#operations.filter(({ tag }) => tag !== undefined);
    const others = listed.filter(
      ({ describeFor }) => describeFor === undefined,
    );
    // Of all actions, so that a caller that sees fewer knows them by the same names.
    const ids = nameOperations(
      catalog.list(),
      listed.map(({ id }) => id),
    );
    const components = new Components(schemas);
    const shared = new Shared();
    const paths = new Map<string, Record<string, unknown>>();
    const add = (path: string, method: string, item: Item) => {
      const operations = paths.get(path) ?? {};
      operations[method.toLowerCase()] = item;
      paths.set(path, operations);
    };
    for (const operation of listed)
      for (const entry of operation.describeFor === undefined ? [] : entries) {
        const id = ids.get(entry.address) as string;
        const own = operation.describeFor?.(entry, { id, components });
        const item = { ...toItem(operation, shown, shared), ...own };
        const responses = toResponses(operation, shown, shared, own?.responses);
        add(toPathOf(operation.path, entry), operation.method, {
          ...item,
          responses: shown.isFull ? withLinks(responses) : responses,
        });
      }
    for (const operation of shown.isFull ? others : [])
      add(operation.path.replaceAll(/:(\w+)/g, "{$1}"), operation.method, {
        ...toItem(operation, shown, shared),
        responses: toResponses(operation, shown, shared),
      });
    const used = new Set(entries.map((entry) => entry.package));
    return {
      openapi: "3.1.1",
      info: {
        title: "actiond",
        version,
        description:
          "Actions that are run synchronously or asynchronously, watched, cancelled and called back.",
      },
      servers: [{ url: serverUrl }],
      tags: [
        ...[...used].map((name) => ({
          name,
          description: `The actions of the package ${name}.`,
        })),
        ...(shown.isFull ? TAGS.filter(({ name }) => !used.has(name)) : []),
      ],
      ...(shown.needsKey ? { security: SECURITY } : {}),
      paths: Object.fromEntries(paths),
      components: {
        schemas: components.schemas,
        ...shared.components,
        ...(shown.needsKey ? { securitySchemes } : {}),
      },
    };
  }
}

/** Parameters and replies that operations of several actions share. */
class Shared {
  readonly #parameters = new Map<string, Parameter>();
  readonly #responses = new Map<string, unknown>();

  parameter(parameter: Parameter): unknown {
    if (parameter.in !== "header") return parameter;
    this.#parameters.set(parameter.name, parameter);
    return { $ref: `#/components/parameters/${parameter.name}` };
  }

  response(name: string, response: unknown): unknown {
    this.#responses.set(name, response);
    return { $ref: `#/components/responses/${name}` };
  }

  get components() {
    return {
      parameters: Object.fromEntries(this.#parameters),
      responses: Object.fromEntries(this.#responses),
    };
  }
}

function toItem(
  operation: Operation<never>,
  { needsKey }: Shown,
  shared: Shared,
): Item {
  const { id, tag, summary, description, need } = operation;
  const parameters = toParameters(operation).filter(
    ({ in: place }) => operation.describeFor === undefined || place !== "path",
  );
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description ?? `${summary}.`,
    ...(needsKey && need === "open" ? { security: [] } : {}),
    ...(parameters.length === 0
      ? {}
      : { parameters: parameters.map((each) => shared.parameter(each)) }),
  };
}

function toResponses(
  operation: Operation<never>,
  { needsKey }: Shown,
  shared: Shared,
  own: object = operation.replies,
): Record<string, unknown> {
  const guarded = needsKey && operation.need !== "open" ? guardReplies() : {};
  const problems = { ...problemReplies(operation), ...guarded };
  if (operation.describeFor === undefined) return { ...own, ...problems };
  const lifted = Object.entries(problems).map(([status, response]) => [
    status,
    shared.response(
      `Run${status === "default" ? "Refused" : status}`,
      response,
    ),
  ]);
  return { ...own, ...Object.fromEntries(lifted) };
}

function withLinks(responses: Record<string, unknown>): Item {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      status === "200" || status === "202"
        ? { ...(response as object), links: LINKS }
        : response,
    ]),
  );
}

function toPathOf(
  path: string,
  entry: { readonly package: string; readonly name: string },
): string {
  return path.replace(":package", entry.package).replace(":action", entry.name);
}

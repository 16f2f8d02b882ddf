/**
 * The OpenAPI document. `@elysiajs/swagger` makes it: of what each route says of itself, and of what is told here of the
 * actions, whose one route stands for all of them and whose catalog changes.
 */
import { type Caller, mayUse } from "../../access/caller.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { Operation } from "../operation.ts";
import { schemas, securitySchemes } from "./components.ts";
import { toHeaders, toPlain } from "./describe.ts";
import { Components } from "./lift.ts";
import { nameOperations } from "./operation-ids.ts";
import { toParameters } from "./parameters.ts";
import {
  guardReplies,
  isAboutRun,
  problemReplies,
  RUN_ID,
} from "./problem-replies.ts";
import { type ComponentMaps, keepUsed } from "./used-components.ts";

type Item = Readonly<Record<string, unknown>>;
type Paths = Readonly<Record<string, Readonly<Record<string, Item>>>>;
export type Document = Readonly<
  { paths: Paths; components: ComponentMaps } & Record<string, unknown>
>;

export interface DocumentParts {
  readonly catalog: LiveCatalog;
  /** The version of the server. */
  readonly version: string;
  /** Infinity: requests are not counted. */
  readonly rateLimit?: number;
}

export interface Shown {
  /** Whether requests need a key. */
  readonly needsKey: boolean;
  /** Whether it has every operation, and not only the actions. */
  readonly isFull: boolean;
  /** The URL by which clients call the server; "/" means where the document comes from. */
  readonly serverUrl: string;
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
const LINKS = {
  ...Object.fromEntries(
    ["getRun", "getRunResult", "cancelRun"].map((operationId) => [
      operationId,
      {
        operationId,
        parameters: { id: "$response.header.x-action-server-run-id" },
      },
    ]),
  ),
  findRunByRequestId: {
    operationId: "findRunByRequestId",
    parameters: { request_id: "$request.header.x-actions-request-id" },
  },
};
/** What counted replies have of a server with `--rate-limit`. */
const RATE_HEADERS = toHeaders({
  ratelimit:
    "How many requests are left, and the seconds until there are more.",
  "ratelimit-policy": "How many requests are allowed, in how many seconds.",
});

/** The actions as the document has them, each with its package. */
interface Described {
  readonly paths: Paths;
  readonly packages: ReadonlyMap<string, string>;
  readonly schemas: Readonly<Record<string, unknown>>;
}

/** @returns what the route of this operation says of itself; `hide` is the plugin's word */
export function toDetail(operation: Operation<never>): Item {
  const { tag, describeFor, replies } = operation;
  if (tag === undefined || describeFor !== undefined) return { hide: true };
  const own = isAboutRun(operation)
    ? mapKeys(replies, (_, reply) => withHeaders(reply, toHeaders(RUN_ID)))
    : replies;
  return {
    ...toItem(operation),
    responses: { ...own, ...problemReplies(operation) },
  };
}

export class Documents {
  readonly #operations: readonly Operation<never>[];
  readonly #catalog: LiveCatalog;
  readonly #shared: ComponentMaps;
  readonly #info: Item;
  readonly #isCounting: boolean;
  #described: Described | undefined;

  constructor(operations: readonly Operation<never>[], parts: DocumentParts) {
    this.#operations = operations.filter(({ tag }) => tag !== undefined);
    this.#catalog = parts.catalog;
    this.#shared = toShared(this.#operations);
    this.#isCounting = (parts.rateLimit ?? Infinity) !== Infinity;
    this.#info = {
      title: "actiond",
      version: parts.version,
      description:
        "Actions that are run synchronously or asynchronously, watched, cancelled and called back.",
    };
    parts.catalog.onChange(() => {
      this.#described = undefined;
    });
  }

  /** What the plugin adds to the routes. It reads the members again for each document, so that they follow the catalog. */
  get documentation() {
    const describe = () => this.#describe();
    const shared = this.#shared;
    return {
      // The plugin says 3.0.3; with 3.1 a JSON Schema is legal as it is.
      openapi: "3.1.1",
      info: this.#info,
      get paths() {
        return describe().paths;
      },
      get components() {
        return { ...shared, schemas: describe().schemas };
      },
    };
  }

  /** @returns the part of the plugin's document that this caller is shown: no actions that it may not run */
  show(document: Document, caller: Caller, shown: Shown): Document {
    const { packages } = this.#describe();
    const used = new Set<string>();
    const actions: [string, Paths[string]][] = [];
    const others: [string, Paths[string]][] = [];
    for (const [path, item] of Object.entries(document.paths)) {
      const packageName = packages.get(path);
      if (packageName === undefined) others.push([path, item]);
      else if (mayUse(caller, packageName)) {
        used.add(packageName);
        actions.push([path, shown.isFull ? mapItem(item, withLinks) : item]);
      }
    }
    const complete = (operation: Item) => {
      // An operation that needs no key says so itself.
      if (operation["security"] !== undefined) return operation;
      const counted = this.#isCounting ? toCounted(operation) : operation;
      return shown.needsKey ? toGuarded(counted) : counted;
    };
    const paths = [...actions, ...(shown.isFull ? others : [])].map(
      ([path, item]) => [path, mapItem(item, complete)] as const,
    );
    const visible = {
      ...document,
      servers: [{ url: shown.serverUrl }],
      tags: toTags(used, shown),
      ...(shown.needsKey ? { security: SECURITY } : {}),
      paths: Object.fromEntries(paths),
    };
    const components = keepUsed(visible.paths, document.components);
    return {
      ...visible,
      components: {
        ...components,
        ...(shown.needsKey ? { securitySchemes } : {}),
      },
    };
  }

  #describe(): Described {
    this.#described ??= this.#make(this.#catalog.list());
    return this.#described;
  }

  #make(entries: readonly CatalogEntry[]): Described {
    const ids = nameOperations(
      entries,
      this.#operations.map(({ id }) => id),
    );
    const components = new Components(schemas);
    const paths: Record<string, Record<string, Item>> = {};
    const packages = new Map<string, string>();
    for (const operation of this.#operations)
      for (const entry of operation.describeFor === undefined ? [] : entries) {
        const id = ids.get(entry.address) as string;
        const own = operation.describeFor?.(entry, { id, components });
        const path = toPathOf(operation.path, entry);
        packages.set(path, entry.package);
        paths[path] = {
          [operation.method.toLowerCase()]: {
            ...toItem(operation),
            ...own,
            responses: {
              ...own?.responses,
              ...mapKeys(problemReplies(operation), (status) => ({
                $ref: `#/components/responses/${toSharedName(status)}`,
              })),
            },
          },
        };
      }
    return { paths, packages, schemas: components.schemas };
  }
}

function toItem(operation: Operation<never>): Item {
  const { id, tag, summary, description, need, describeFor, body } = operation;
  const parameters = toParameters(operation).filter(
    ({ in: place }) => describeFor === undefined || place !== "path",
  );
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description ?? `${summary}.`,
    ...(need === "open" ? { security: [] } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: toPlain(body) } },
          },
        }),
    ...(parameters.length === 0
      ? {}
      : {
          parameters: parameters.map((parameter) =>
            describeFor !== undefined && parameter.in === "header"
              ? { $ref: `#/components/parameters/${parameter.name}` }
              : parameter,
          ),
        }),
  };
}

/** @returns the parameters and replies that the operations of all actions share */
function toShared(operations: readonly Operation<never>[]): ComponentMaps {
  const ofActions = operations.filter(
    ({ describeFor }) => describeFor !== undefined,
  );
  const headers = ofActions.flatMap((operation) =>
    toParameters(operation).filter(({ in: place }) => place === "header"),
  );
  const responses = ofActions.flatMap((operation) =>
    Object.entries(problemReplies(operation)),
  );
  return {
    parameters: Object.fromEntries(
      headers.map((header) => [header.name, header]),
    ),
    responses: {
      ...Object.fromEntries(
        responses.map(([status, reply]) => [toSharedName(status), reply]),
      ),
      ...mapKeys(guardReplies(), (_, reply) => reply, toGuardName),
    },
  };
}

function withHeaders(reply: object, more: object): object {
  const { headers } = reply as { headers?: object };
  return { ...reply, headers: { ...more, ...headers } };
}

function toCounted(operation: Item): Item {
  const replies = operation["responses"] as Record<string, object>;
  return {
    ...operation,
    responses: mapKeys(replies, (_, reply) =>
      "$ref" in reply ? reply : withHeaders(reply, RATE_HEADERS),
    ),
  };
}

function toGuarded(operation: Item): Item {
  const guards = mapKeys(guardReplies(), (status) => ({
    $ref: `#/components/responses/${toGuardName(status)}`,
  }));
  return {
    ...operation,
    responses: { ...(operation["responses"] as object), ...guards },
  };
}

function withLinks(operation: Item): Item {
  const replies = operation["responses"] as Record<string, object>;
  return {
    ...operation,
    responses: mapKeys(replies, (status, reply) =>
      status === "200" || status === "202" ? { ...reply, links: LINKS } : reply,
    ),
  };
}

/** @returns the sections, those of the user's packages first */
function toTags(packages: ReadonlySet<string>, { isFull }: Shown) {
  return [
    ...[...packages].map((name) => ({
      name,
      description: `The actions of the package ${name}.`,
    })),
    ...(isFull ? TAGS.filter(({ name }) => !packages.has(name)) : []),
  ];
}

/** @param status of a reply to running an action */
function toSharedName(status: string): string {
  return `Run${status === "default" ? "Refused" : status}`;
}

/** @param status of a reply to a request without a sufficient key */
function toGuardName(status: string): string {
  return `Key${status}`;
}

function mapItem(item: Paths[string], map: (operation: Item) => Item) {
  return mapKeys(item, (_, operation) => map(operation));
}

function mapKeys<From, To>(
  object: Readonly<Record<string, From>>,
  map: (key: string, value: From) => To,
  rename = (key: string) => key,
): Record<string, To> {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      rename(key),
      map(key, value),
    ]),
  );
}

function toPathOf(
  path: string,
  entry: { readonly package: string; readonly name: string },
): string {
  return path.replace(":package", entry.package).replace(":action", entry.name);
}

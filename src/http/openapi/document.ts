/** The OpenAPI document: made of the table of operations and of the catalog by `@elysiajs/swagger`, and shown to each caller as far as it may see it. */
import { type ElysiaSwaggerConfig, swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import { type Caller, mayUse } from "../../access/caller.ts";
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import type { Operation } from "../operation.ts";
import { schemas, securitySchemes } from "./components.ts";
import { guardReplies, problemReplies } from "./problem-replies.ts";

type Described = Readonly<{ security?: unknown; responses?: object }>;
type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>;
export type Document = Readonly<{
  security?: unknown;
  components?: Readonly<Record<string, unknown>>;
  paths: Paths;
}>;

const SECURITY = [{ bearer: [] }, { apiKey: [] }];
const TAGS = [
  { name: "Actions", description: "The actions of this server." },
  { name: "Runs", description: "Runs of actions: queued, running and ended." },
  {
    name: "Callbacks",
    description: "Callbacks that tell how detached runs ended.",
  },
  { name: "Health", description: "The health of the server." },
];
/** The plugin answers here, in an application that nobody else can reach. */
const SPEC = "/openapi.json";

/** The document of everything, made again after a change of the catalog. */
export class Documents {
  readonly #operations: readonly Operation<never>[];
  readonly #parts: { catalog: LiveCatalog; version: string };
  #all: Promise<Document> | undefined;

  /** @param parts.version the version of the server */
  constructor(
    operations: readonly Operation<never>[],
    parts: { catalog: LiveCatalog; version: string },
  ) {
    this.#operations = operations;
    this.#parts = parts;
    parts.catalog.onChange(() => {
      this.#all = undefined;
    });
  }

  /**
   * @param options.needsKey whether requests need a key
   * @returns the document without the actions that this caller may not run
   */
  async visibleTo(
    caller: Caller,
    { needsKey }: { needsKey: boolean },
  ): Promise<Document> {
    this.#all ??= this.#make();
    const all = await this.#all;
    const hidden = this.#hiddenFrom(caller);
    const paths = Object.entries(all.paths).filter(
      ([path]) => !hidden.has(path),
    );
    if (!needsKey) return { ...all, paths: Object.fromEntries(paths) };
    const guarded = paths.map(([path, operations]) => [
      path,
      mapValues(operations, toGuarded),
    ]);
    return {
      ...all,
      security: SECURITY,
      components: { ...all.components, securitySchemes },
      paths: Object.fromEntries(guarded),
    };
  }

  /** @returns the paths of the actions that the caller may not run */
  #hiddenFrom(caller: Caller): ReadonlySet<string> {
    const paths = new Set<string>();
    if (caller.packages === null) return paths;
    const perAction = this.#operations.filter(({ describeFor }) => describeFor);
    for (const entry of this.#parts.catalog.list())
      if (!mayUse(caller, entry.package))
        for (const { path } of perAction) paths.add(toPathOf(path, entry));
    return paths;
  }

  /** The routes of this application only describe: none of them is ever called. */
  async #make(): Promise<Document> {
    const { catalog, version } = this.#parts;
    const app = new Elysia().use(
      swagger({ specPath: SPEC, documentation: toDocumentation(version) }),
    );
    for (const operation of this.#operations) {
      const { method, path, params, query, headers, describeFor } = operation;
      if (operation.tag === undefined) continue;
      const detail = toDetail(operation);
      if (describeFor === undefined) {
        const schema = { params, query, headers } as object;
        app.route(method, path, () => "", { ...schema, detail });
        continue;
      }
      for (const entry of catalog.list()) {
        const own = describeFor(entry);
        const responses = { ...own.responses, ...problemReplies(operation) };
        app.route(method, toPathOf(path, entry), () => "", {
          ...({ query, headers } as object),
          detail: { ...detail, ...own, responses },
        });
      }
    }
    const reply = await app.handle(new Request(`http://localhost${SPEC}`));
    return (await reply.json()) as Document;
  }
}

function toDetail(operation: Operation<never>) {
  const { id, tag, summary, description, need, replies } = operation;
  return {
    operationId: id,
    tags: [tag as string],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(need === "open" ? { security: [] } : {}),
    responses: { ...replies, ...problemReplies(operation) },
  };
}

function toPathOf(
  path: string,
  entry: { readonly package: string; readonly name: string },
): string {
  return path.replace(":package", entry.package).replace(":action", entry.name);
}

/** An operation that says itself that it needs no key stays as it is. */
function toGuarded(operation: Described): Described {
  if (operation.security !== undefined) return operation;
  const responses = { ...operation.responses, ...guardReplies() };
  return { ...operation, responses };
}

function mapValues<Value>(
  object: Readonly<Record<string, Value>>,
  map: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, map(value)]),
  );
}

function toDocumentation(version: string) {
  return {
    // The plugin says 3.0.3; with 3.1 a JSON Schema is legal as it is.
    openapi: "3.1.1",
    info: {
      title: "actiond",
      version,
      description:
        "Actions that are run synchronously or asynchronously, watched, cancelled and called back.",
    },
    tags: TAGS,
    components: { schemas },
  } as unknown as NonNullable<ElysiaSwaggerConfig["documentation"]>;
}

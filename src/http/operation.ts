/** An operation of the API: everything about one method of one path. Routes, the API documentation, scopes and the audit log derive from it. */
import type { DocumentDecoration, TSchema } from "elysia";
import type { Caller, Scope } from "../access/caller.ts";
import type { AuditEvent } from "../audit/entry.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { ErrorCode } from "../errors.ts";
import type { Components } from "./openapi/lift.ts";

/** `open` requires nothing, not even a key; `key` requires any key; a scope requires a key that has this scope. */
export type Need = Scope | "open" | "key";

/** The sections of the API documentation. */
type Tag = "Actions" | "Runs" | "Callbacks" | "Health" | "Server" | "Keys";

export type Replies = NonNullable<DocumentDecoration["responses"]>;

/** What a handler is given. */
export interface Asked<Params = unknown, Query = unknown, Read = unknown> {
  readonly request: Request;
  readonly params: Params;
  readonly query: Query;
  readonly caller: Caller;
  /** What `readHeaders` returned. */
  readonly read: Read;
}

/** @typeParam Parts what its handler needs of the server */
export interface Operation<in Parts> {
  /** Its name in the API documentation, and that of the function that generated clients have for it. */
  readonly id: string;
  /** `ALL` is every method that no other operation of the path has. */
  readonly method: "GET" | "POST" | "DELETE" | "ALL";
  /** The path with parameters, such as `/api/runs/:id`. The parameter `:package` is one that the caller may use. */
  readonly path: string;
  readonly need: Need;
  /** Its name in the audit log, which has everything that is changed, and everybody who was refused that. */
  readonly event?: AuditEvent;
  /** Its section in the API documentation, which does not show an operation without one. */
  readonly tag?: Tag;
  /** What it does, as an imperative without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  /** The headers it reads, for the API documentation: `readHeaders` checks them. */
  readonly headers?: TSchema;
  /** The JSON of its body, for the API documentation: the handler checks it. */
  readonly body?: TSchema;
  /** The replies with which it succeeds, by their status. */
  readonly replies: Replies;
  /** The codes of the problems that its handler answers. Those that any request may meet are in `problem-replies.ts`. */
  readonly problems: readonly ErrorCode[];
  /** Makes it an operation of its own for each action of the catalog in the API documentation. */
  readonly describeFor?: (
    entry: CatalogEntry,
    named: { readonly id: string; readonly components: Components },
  ) => { readonly responses: Replies };
  /** Whether its reply goes on for as long as the client listens: its connection may be silent for any time. */
  readonly isStream?: boolean;
  /** Reads headers before the handler is called. It throws `ServerError` when one is wrong. */
  readonly readHeaders?: (headers: Headers, parts: Parts) => unknown;
  /**
   * Answers a request with a reply of `reply.ts`. It reads the body itself, if it needs one. Undefined: a plugin of Elysia's
   * has the route, see `openapi/plugin.ts`.
   */
  readonly handle?: (
    asked: Asked<never, never, never>,
    parts: Parts,
  ) => Response | Promise<Response>;
}

type Definition<Parts, Params extends TSchema, Query extends TSchema, Read> = {
  readonly params?: Params;
  readonly query?: Query;
  readonly readHeaders?: (headers: Headers, parts: Parts) => Read;
  readonly handle?: (
    asked: Asked<Params["static"], Query["static"], Read>,
    parts: Parts,
  ) => Response | Promise<Response>;
} & Omit<Operation<Parts>, "params" | "query" | "readHeaders" | "handle">;

/** Defines an operation whose handler is given what its schemas and `readHeaders` say. */
export function operation<
  Parts = unknown,
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Read = undefined,
>(definition: Definition<Parts, Params, Query, Read>): Operation<Parts> {
  return definition;
}

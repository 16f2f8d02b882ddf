/** Pages of a list: newest first, the next one named by a link (RFC 8288). */
import type { TSchema } from "elysia";
import { json, type Schema, textParameter } from "./openapi/describe.ts";
import type { Replies } from "./operation.ts";
import { toInteger } from "./query.ts";
import { listReply } from "./reply.ts";

const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1000;

/** The query parameters of a list. */
export const pageParameters = {
  limit: textParameter({
    type: "integer",
    minimum: 1,
    maximum: MAX_LIMIT,
    description: `The largest number of items to list. It is ${DEFAULT_LIMIT} if omitted.`,
  }),
  before: textParameter({
    type: "integer",
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "Lists only items older than the one with this `numbered_id`.",
  }),
};

/** The headers of a list, as the API documentation describes them. */
const LIST_HEADERS = {
  etag: "It stays the same as long as the reply does: send it in `if-none-match`.",
};
const PAGE_HEADERS = {
  ...LIST_HEADERS,
  link: 'The next page with rel="next", while there is one (RFC 8288).',
};

/** The replies of an operation that lists everything, as the API documentation describes them. */
export function listReplies(
  description: string,
  schema: Schema | TSchema,
  headers = LIST_HEADERS,
): Replies {
  return {
    200: json(description, schema, headers),
    304: { description: "Nothing has changed since `if-none-match`." },
  };
}

/** The replies of an operation that lists a page. */
export function pageReplies(
  description: string,
  schema: Schema | TSchema,
): Replies {
  return listReplies(description, schema, PAGE_HEADERS);
}

export interface PageQuery {
  limit?: string;
  /** A `numbered_id`. */
  before?: string;
}

/** @throws {ServerError} `invalid_parameter` */
export function toPage({ limit, before }: PageQuery): {
  limit: number;
  before?: number;
} {
  return {
    limit:
      limit === undefined
        ? DEFAULT_LIMIT
        : toInteger("limit", limit, { min: 1, max: MAX_LIMIT }),
    ...(before === undefined
      ? {}
      : {
          before: toInteger("before", before, {
            min: 1,
            max: Number.MAX_SAFE_INTEGER,
          }),
        }),
  };
}

export function pageReply<Row extends { readonly numberedId: number }>(
  rows: readonly Row[],
  page: {
    hasMore: boolean;
    request: Request;
    toObject: (row: Row) => unknown;
    /** @returns what changes whenever the object does, without what is large */
    toVersion: (row: Row) => unknown;
  },
): Response {
  const last = rows.at(-1);
  const headers =
    last !== undefined && page.hasMore
      ? { link: toNextLink(page.request.url, last.numberedId) }
      : {};
  return listReply(rows.map(page.toObject), page.request, {
    headers,
    version: rows.map(page.toVersion),
  });
}

function toNextLink(url: string, before: number): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set("before", String(before));
  return `<${pathname}?${searchParams.toString()}>; rel="next"`;
}

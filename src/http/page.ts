/** Pages of a list: newest first, the next one named by a link (RFC 8288). */
import { textParameter } from "./openapi/describe.ts";
import { toInteger } from "./query.ts";
import { jsonReply } from "./reply.ts";

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
export const pageHeaders = {
  link: 'The next page with rel="next", while there is one (RFC 8288).',
};

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
    url: string;
    toObject: (row: Row) => unknown;
  },
): Response {
  const last = rows.at(-1);
  const headers =
    last !== undefined && page.hasMore
      ? { link: toNextLink(page.url, last.numberedId) }
      : undefined;
  return jsonReply(rows.map(page.toObject), headers);
}

function toNextLink(url: string, before: number): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.set("before", String(before));
  return `<${pathname}?${searchParams.toString()}>; rel="next"`;
}

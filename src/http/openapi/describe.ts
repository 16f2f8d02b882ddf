/** Pieces the OpenAPI document is described with: components by name, responses, problems. */
import type { DocumentDecoration } from "elysia";
import { t } from "elysia";
import { runObject } from "../runs/run-object.ts";

type Responses = NonNullable<DocumentDecoration["responses"]>;
type Response = Responses[string];
export type Schema = Readonly<Record<string, unknown>>;

export const RUN: Schema = { $ref: "#/components/schemas/Run" };
const PROBLEM: Schema = { $ref: "#/components/schemas/Problem" };

const problemObject = t.Object(
  {
    type: t.String({ description: "urn:actiond:problem:{code}" }),
    title: t.String(),
    status: t.Integer(),
    detail: t.String(),
    code: t.String({
      description:
        "For programs. The action's own where its ActionError has one.",
    }),
    source: t.Unsafe<string>({ type: "string", enum: ["server", "action"] }),
    retryable: t.Boolean({
      description: "Whether the same request may pass when it is sent again",
    }),
    run_id: t.Optional(t.String()),
    data: t.Optional(
      t.Unknown({ description: "What the ActionError carried along" }),
    ),
    errors: t.Optional(
      t.Array(t.Object({ path: t.String(), message: t.String() }), {
        description: "Where the input breaks its schema",
      }),
    ),
  },
  { title: "Problem", description: "RFC 9457" },
);

/** What is referred to by name. */
export const components = {
  schemas: toPlain({ Run: runObject, Problem: problemObject }),
  securitySchemes: {
    bearer: { type: "http", scheme: "bearer" },
    apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
  },
  responses: {
    Unauthorized: {
      description: "There is no key, or it is wrong, expired or revoked",
      headers: toHeaders({ "www-authenticate": "RFC 6750" }),
      content: { "application/problem+json": { schema: PROBLEM } },
    },
    Forbidden: {
      description: "The key lacks the scope, or may not use the package",
      content: { "application/problem+json": { schema: PROBLEM } },
    },
  },
};

const PROBLEMS: Readonly<Record<number, string>> = {
  400: "A header or parameter is wrong, the body is no JSON, or the callback may not go there",
  404: "There is no such thing",
  409: "The run was cancelled",
  408: "The request took too long to arrive",
  413: "The input is too large",
  415: "The body is not application/json",
  422: "The input breaks the action's input schema",
  500: "The action or its concurrencyKey failed, or its result breaks its output schema",
  503: "No place for one more run of the server or the action, shutting down, or the run was interrupted",
  504: "The run took too long",
};

/** @returns the problem responses with these status codes */
export function problems(...statuses: readonly number[]): Responses {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: PROBLEMS[status] ?? "",
        ...(status === 503
          ? { headers: toHeaders({ "retry-after": "Seconds" }) }
          : {}),
        content: { "application/problem+json": { schema: PROBLEM } },
      },
    ]),
  );
}

/** @returns a response with a JSON body, and headers by name with what they say */
export function json(
  description: string,
  schema: Schema,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return {
    description,
    headers: toHeaders(headers),
    content: { "application/json": { schema } },
  };
}

/** What a run ends with, as its callback carries it. */
export function outcome(result: Schema): Schema {
  return { anyOf: [result, PROBLEM] };
}

/** A parameter that the handler reads from text itself, with the type it really has. */
export function queryParameter(
  name: string,
  schema: Schema,
  description: string,
) {
  return { name, in: "query", required: false, schema, description };
}

/** TypeBox schemas without their symbols. */
function toPlain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function toHeaders(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );
}

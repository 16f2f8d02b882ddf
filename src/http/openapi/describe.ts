/** Pieces that operations are described with: schemas, replies, parameters. */
import { t, type TSchema } from "elysia";
import type { Replies } from "../operation.ts";

type Reply = Replies[string];
/** Where a parameter keeps what the document shows of it, because Elysia checks it as the text it arrives as. */
export const SHOWN = "x-shown";
export type Schema = Readonly<Record<string, unknown>>;

export const RUN: Schema = { $ref: "#/components/schemas/Run" };
export const RUN_MEMBERS: Schema = { $ref: "#/components/schemas/RunMembers" };
const PROBLEM: Schema = { $ref: "#/components/schemas/Problem" };

/** @returns a reply with a JSON body, and headers by name with what they say */
export function json(
  description: string,
  schema: Schema | TSchema,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    description,
    headers: toHeaders(headers),
    content: { "application/json": { schema: toPlain(schema as Schema) } },
  };
}

/** @returns a reply whose body is a problem */
export function problem(
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    description,
    ...(Object.keys(headers).length === 0
      ? {}
      : { headers: toHeaders(headers) }),
    content: { "application/problem+json": { schema: PROBLEM } },
  };
}

/** @returns the schema of what a run ends with, as its callback carries it */
export function outcome(result: Schema): Schema {
  return { anyOf: [result, PROBLEM] };
}

/**
 * A parameter that arrives as text and that the handler reads itself, because Elysia's own numbers do not say which
 * parameter is wrong. The document shows the schema that the text must match.
 */
export function textParameter(
  schema: Schema & { description: string },
  { isRequired = false }: { isRequired?: boolean } = {},
) {
  return t.Optional(t.String({ [SHOWN]: { schema, isRequired } }));
}

/** The same for a parameter that may be given several times. */
export function textsParameter(schema: Schema & { description: string }) {
  return t.Optional(
    t.Array(t.String(), { [SHOWN]: { schema, isRequired: false } }),
  );
}

/** A parameter of which the document says nothing, because it is known only to be refused with a reason. */
export const refusedParameter = t.Optional(t.String({ [SHOWN]: null }));

/** An integer that is only sent. Elysia's own would also be the text of one. */
export function plainInteger(schema: Schema = {}) {
  return t.Unsafe<number>({ type: "integer", ...schema });
}

/** @returns the schema without TypeBox's symbols */
export function toPlain<Value>(schema: Value): Value {
  return JSON.parse(JSON.stringify(schema)) as Value;
}

export function toHeaders(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: "string" as const } },
    ]),
  );
}

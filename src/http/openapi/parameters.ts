/** Describes parameters: in the path, the query and the headers. */
import type { TSchema } from "elysia";
import type { Operation } from "../operation.ts";
import { SHOWN_TYPE, toPlain } from "./describe.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: object;
}

type Described = Pick<Operation<never>, "params" | "query" | "headers">;

export function toParameters({
  params,
  query,
  headers,
}: Described): Parameter[] {
  return [
    ...describe("path", params),
    ...describe("query", query),
    ...describe("header", headers),
  ];
}

function describe(
  place: Parameter["in"],
  schema: TSchema | undefined,
): Parameter[] {
  const { properties = {}, required = [] } = toPlain(schema ?? {}) as {
    properties?: Record<
      string,
      { description?: string; [SHOWN_TYPE]?: string }
    >;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const { description = name, [SHOWN_TYPE]: type, ...rest } = property;
    const own = type === undefined ? rest : { ...rest, type };
    const isRequired = place === "path" || required.includes(name);
    return { name, in: place, required: isRequired, description, schema: own };
  });
}

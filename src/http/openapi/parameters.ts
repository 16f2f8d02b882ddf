/** Describes parameters: in the path, the query and the headers. */
import type { TSchema } from "elysia";
import type { Operation } from "../operation.ts";
import { SHOWN, toPlain } from "./describe.ts";

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
    properties?: Record<string, Property>;
    required?: string[];
  };
  return Object.entries(properties).flatMap(([name, property]) => {
    const { [SHOWN]: shown = { schema: property } } = property;
    if (shown === null) return [];
    const { description = name, ...rest } = shown.schema;
    return {
      name,
      in: place,
      required:
        place === "path" ||
        required.includes(name) ||
        shown.isRequired === true,
      description,
      schema: rest,
    };
  });
}

interface Property {
  readonly description?: string;
  readonly [SHOWN]?: {
    readonly schema: { readonly description?: string };
    readonly isRequired?: boolean;
  } | null;
}

/** The types that schemas stand for: what the code of an action gets, and what it returns. */
import type { Static, TSchema } from "@sinclair/typebox";
import type { StandardSchema } from "./standard-schema.ts";

/** A JSON Schema that is written by hand. */
type WrittenSchema = Readonly<Record<string, unknown>>;

/** A schema made with `t`, one of zod, valibot or arktype, or a JSON Schema. */
export type Schema = TSchema | StandardSchema | WrittenSchema;

type Types<Part> = Part extends {
  readonly "~standard": { readonly types?: infer Found };
}
  ? NonNullable<Found>
  : never;

/** What the code gets. */
export type InputOf<Part> = Part extends TSchema
  ? Static<Part>
  : Part extends StandardSchema
    ? Types<Part> extends { readonly output: infer Output }
      ? Output
      : unknown
    : FromJson<Part>;

/** What the code returns. */
export type ResultOf<Part> = Part extends TSchema
  ? Static<Part>
  : Part extends StandardSchema
    ? Types<Part> extends { readonly input: infer Input }
      ? Input
      : unknown
    : FromJson<Part>;

interface TypeNames {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

/** The keywords that types can say; anything else is unknown. */
type FromJson<Part> = Part extends { readonly const: infer Value }
  ? Value
  : Part extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Part extends { readonly anyOf: readonly (infer Variant)[] }
      ? FromJson<Variant>
      : Part extends { readonly type: keyof TypeNames }
        ? TypeNames[Part["type"]]
        : Part extends { readonly type: "array"; readonly items: infer Item }
          ? FromJson<Item>[]
          : Part extends { readonly type: "array" }
            ? unknown[]
            : Part extends { readonly type: "object" }
              ? FromProperties<Part>
              : unknown;

type FromProperties<Part> = Part extends { readonly properties: infer Members }
  ? {
      -readonly [Name in Extract<keyof Members, RequiredOf<Part>>]: FromJson<
        Members[Name]
      >;
    } & {
      -readonly [Name in Exclude<keyof Members, RequiredOf<Part>>]?: FromJson<
        Members[Name]
      >;
    }
  : Record<string, unknown>;

type RequiredOf<Part> =
  | (Part extends { readonly required: readonly (infer Name)[] } ? Name : never)
  | (Part extends { readonly properties: infer Members }
      ? {
          // A member that has a default is there.
          [Name in keyof Members]: Members[Name] extends {
            readonly default: unknown;
          }
            ? Name
            : never;
        }[keyof Members]
      : never);

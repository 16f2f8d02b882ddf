/** Teaches TypeBox the formats of JSON Schema, such as "email" and "date-time", none of which it knows by itself. */
import { FormatRegistry } from "@sinclair/typebox";
import type { Format } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";

/** The longest text of any format except base64, which `maxLength` may limit. */
const MAX_LENGTH = 8192;
/** The checks that replace those of the library: https://github.com/ajv-validator/ajv-formats/blob/v3.0.1/src/formats.ts */
const OWN: Readonly<Record<string, (value: string) => boolean>> = {
  // A caller could send 16 KB on which the library's expression takes a second.
  url: (value) =>
    /^(?:https?|ftp):\/\/\S+$/i.test(value) && URL.canParse(value),
  // The library's expression accepts any text that has an empty line, and takes a second for ten megabytes.
  byte: (value) => value.length % 4 === 0 && /^[a-z\d+/]*={0,2}$/i.test(value),
};

/** Replaces the laxer formats that Elysia registers when it is imported, which accept 30 February. */
export function registerFormats(): void {
  for (const [name, format] of Object.entries<Format>(fullFormats)) {
    const check = OWN[name] ?? toCheck(format);
    if (check === undefined) continue;
    FormatRegistry.Set(
      name,
      name === "byte"
        ? check
        : (value) => value.length <= MAX_LENGTH && check(value),
    );
  }
}

/** @returns undefined for a format that is not one of strings, such as "int32" */
function toCheck(format: Format): ((value: string) => boolean) | undefined {
  if (format instanceof RegExp) return (value) => format.test(value);
  if (typeof format === "function") return format;
  if (typeof format === "object" && "validate" in format)
    return format.type === "number" || format.async === true
      ? undefined
      : toCheck(format.validate as Format);
  return undefined;
}

/** Teaches TypeBox the formats of JSON Schema, such as "email" and "date-time": by itself it knows none. */
import { FormatRegistry } from "@sinclair/typebox";
import type { Format } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";

/** No address, date or expression is longer. How long what is in base64 may be is a matter of `maxLength`. */
const MAX_LENGTH = 8192;
/** In place of those of the library: https://github.com/ajv-validator/ajv-formats/blob/v3.0.1/src/formats.ts */
const OWN: Readonly<Record<string, (value: string) => boolean>> = {
  // Its expression takes a second for 16 KB that a caller makes to that end.
  url: (value) =>
    /^(?:https?|ftp):\/\/\S+$/i.test(value) && URL.canParse(value),
  // Its expression passes any text that has an empty line, and takes a second for ten megabytes.
  byte: (value) => value.length % 4 === 0 && /^[a-z\d+/]*={0,2}$/i.test(value),
};

/** Elysia registers laxer ones for its own routes when it is imported, so that 30 February passes: these replace them. */
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

/** @returns undefined for what is no format of strings, such as "int32" */
function toCheck(format: Format): ((value: string) => boolean) | undefined {
  if (format instanceof RegExp) return (value) => format.test(value);
  if (typeof format === "function") return format;
  if (typeof format === "object" && "validate" in format)
    return format.type === "number" || format.async === true
      ? undefined
      : toCheck(format.validate as Format);
  return undefined;
}

/** Teaches TypeBox the formats of JSON Schema, such as "email" and "date-time": by itself it knows none. */
import { FormatRegistry } from "@sinclair/typebox";
import type { Format } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";

/** Elysia registers laxer ones for its own routes when it is imported, so that 30 February passes: these replace them. */
export function registerFormats(): void {
  for (const [name, format] of Object.entries<Format>(fullFormats)) {
    const check = toCheck(format);
    if (check !== undefined) FormatRegistry.Set(name, check);
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

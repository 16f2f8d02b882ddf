/** The formats of JSON Schema, such as "email" and "date-time", as the validator checks them. */
import type { Format } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";

/** The longest text of any format except base64, which `maxLength` may limit. */
const MAX_LENGTH = 8192;
/** The checks that replace those of the library: https://github.com/ajv-validator/ajv-formats/blob/v3.0.1/src/formats.ts */
const OWN: Readonly<Record<string, (value: string) => boolean>> = {
  // The library also takes a space for the T, and an offset without a colon (RFC 3339 section 5.6).
  "date-time": (value) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(
      value,
    ) && toCheck(fullFormats["date-time"])?.(value) === true,
  // The library also takes "urn:uuid:" in front.
  uuid: (value) =>
    /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(value),
  // A caller could send 16 KB on which the library's expression takes a second.
  url: (value) =>
    /^(?:https?|ftp):\/\/\S+$/i.test(value) && URL.canParse(value),
  // The library's expression accepts any text that has an empty line, and takes a second for ten megabytes.
  byte: (value) => value.length % 4 === 0 && /^[a-z\d+/]*={0,2}$/i.test(value),
};

/** By their names. A number's format is documentation and is not checked. */
export const formats: Readonly<Record<string, StringFormat>> =
  Object.fromEntries(
    Object.entries<Format>(fullFormats).flatMap(([name, format]) => {
      const check = OWN[name] ?? toCheck(format);
      return check === undefined ? [] : [[name, toFormat(name, check)]];
    }),
  );

interface StringFormat {
  readonly type: "string";
  readonly validate: (value: string) => boolean;
}

function toFormat(name: string, check: StringFormat["validate"]): StringFormat {
  return {
    type: "string",
    validate:
      name === "byte"
        ? check
        : (value) => value.length <= MAX_LENGTH && check(value),
  };
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

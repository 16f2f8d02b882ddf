/** Makes one `enum` of the constants among the variants of a union: generators make one type of it, and not one of each. */
import { isObject, type JsonSchema } from "./parts.ts";

/** @param part its own parts have been merged before */
export function mergeConstants(part: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = part;
  if (!Array.isArray(anyOf)) return part;
  const variants: readonly unknown[] = anyOf;
  const constants = variants.filter(isConstant);
  if (constants.length < 2) return part;
  const merged = toEnum(constants);
  if (constants.length === variants.length) {
    // What stands beside the union holds for the value too.
    const hasBoth = Object.keys(merged).some((key) => key in rest);
    return hasBoth ? { ...rest, anyOf: [merged] } : { ...rest, ...merged };
  }
  const first = variants.findIndex(isConstant);
  return {
    ...rest,
    anyOf: variants.flatMap((variant, index) => {
      if (index === first) return [merged];
      return isConstant(variant) ? [] : [variant];
    }),
  };
}

function toEnum(constants: readonly { const: unknown }[]): JsonSchema {
  const values = [...new Set(constants.map((each) => each.const))];
  const types = new Set(values.map((value) => typeof value));
  const [type = ""] = types;
  const isOne =
    types.size === 1 && ["string", "number", "boolean"].includes(type);
  return { ...(isOne ? { type } : {}), enum: values };
}

/** Whether it says nothing but that the value is this one: a description would be lost. */
function isConstant(variant: unknown): variant is { const: unknown } {
  return (
    isObject(variant) &&
    "const" in variant &&
    (typeof variant["const"] !== "object" || variant["const"] === null) &&
    Object.keys(variant).every((key) => key === "const" || key === "type")
  );
}

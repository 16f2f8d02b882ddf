/** Limits the depth and the number of properties of an input: both cost far more time than its bytes do. */
import { ServerError } from "../../errors.ts";

export interface ShapeLimit {
  /** How many levels of objects and arrays there may be. */
  readonly maxInputDepth: number;
  /** How many members all its objects may have together. */
  readonly maxInputProperties: number;
}

/**
 * Checks level by level, so that depth takes no stack. Bun's `JSON.stringify` needs more than a second to refuse 25,000
 * levels, and blocks everything else meanwhile.
 *
 * @param input parsed JSON
 * @throws {ServerError} `invalid_input`
 */
export function checkShape(input: unknown, limit: ShapeLimit): void {
  let level = isNested(input) ? [input] : [];
  let propertyCount = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit.maxInputDepth)
      throw refused(`is nested more than ${limit.maxInputDepth} levels deep`);
    const next: object[] = [];
    for (const each of level) {
      const members: unknown[] = Array.isArray(each)
        ? each
        : Object.values(each);
      if (members !== each) propertyCount += members.length;
      for (const member of members) if (isNested(member)) next.push(member);
    }
    if (propertyCount > limit.maxInputProperties)
      throw refused(`has more than ${limit.maxInputProperties} properties`);
    level = next;
  }
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function refused(message: string): ServerError {
  return new ServerError("invalid_input", `The input ${message}.`, {
    errors: [{ path: "", message }],
  });
}

/** How deep and how wide an input may be: both cost time far beyond what its bytes do. */
import { ServerError } from "../../errors.ts";

export interface ShapeLimit {
  /** Objects and arrays inside one another. */
  readonly maxInputDepth: number;
  /** Members of all its objects together. */
  readonly maxInputProperties: number;
}

/**
 * Looks at one level after the other, so that depth costs no stack: Bun's `JSON.stringify` takes more than a second
 * until it refuses 25,000 levels, in which nothing else runs.
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

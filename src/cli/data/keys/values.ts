/** Values that only keys have: names, scopes, packages and expiry. */
import { type Scope, SCOPES } from "../../../access/caller.ts";
import {
  isKeyName,
  isPackageName,
  NAME_FORM,
} from "../../../access/make-key.ts";
import { toDuration, UnitError } from "../../../units.ts";
import { CENTURY_MS, toEntries } from "../../options/values.ts";

export function toName(text: string): string {
  if (isKeyName(text)) return text;
  throw new UnitError(`It ${NAME_FORM}`);
}

export function toScopes(text: string): Scope[] {
  const names = toEntries(text);
  const scopes = names.flatMap((name) =>
    SCOPES.filter((scope) => scope === name),
  );
  if (names.length > 0 && scopes.length === names.length)
    return [...new Set(scopes)];
  throw new UnitError(
    `It must be one or more of ${SCOPES.join(", ")}, separated by commas.`,
  );
}

export function toPackages(text: string): string[] {
  const names = toEntries(text);
  if (names.length > 0 && names.every(isPackageName))
    return [...new Set(names)];
  throw new UnitError(
    'It must be names of packages as in the addresses of actions, such as "greeter,shop".',
  );
}

/** @returns Infinity for "never" */
export function toExpiry(text: string): number {
  if (text === "never") return Infinity;
  const ms = toDuration(text, CENTURY_MS);
  if (ms > 0) return ms;
  throw new UnitError('It must be longer than zero, or "never".');
}

/** Who asks: the key a request was sent with, and what that key may do. */
import { ServerError } from "../errors.ts";

/**
 * - `run`: start runs
 * - `read`: look at actions, and at one's own runs, results and callbacks
 * - `cancel`: cancel one's own runs
 * - `admin`: everything of everybody, and what only an operator does: delete runs, send callbacks again
 */
export const SCOPES = ["run", "read", "cancel", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Every handler below `/api` gets one. What is counted, limited or logged by caller is counted by `keyId`. */
export interface Caller {
  /** Of its key, never the key itself: `CONFIGURED_ID` for the configured one, "" where nobody has a key. */
  readonly keyId: string;
  /** As people know it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The packages it may run and read; null for all. */
  readonly packages: readonly string[] | null;
}

/** The key of `ACTIOND_API_KEY` or `--api-key-file`, whatever it is at the time: its runs stay its own when it changes. */
export const CONFIGURED_ID = "configured";

/** Everybody, where there are no keys. */
export const ANYONE: Caller = {
  keyId: "",
  name: "anyone",
  scopes: SCOPES,
  packages: null,
};

export function isAdmin({ scopes }: Caller): boolean {
  return scopes.includes("admin");
}

/** @throws {ServerError} `forbidden`, naming the scope */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope) || isAdmin(caller)) return;
  throw new ServerError(
    "forbidden",
    `The key ${JSON.stringify(caller.name)} lacks the scope "${scope}". It has ${caller.scopes.join(", ")}.`,
  );
}

export function mayUse({ packages }: Caller, packageName: string): boolean {
  return packages === null || packages.includes(packageName);
}

/** @throws {ServerError} `forbidden`, naming the package, whether there is one or not */
export function requirePackage(caller: Caller, packageName: string): void {
  if (mayUse(caller, packageName)) return;
  throw new ServerError(
    "forbidden",
    `The key ${JSON.stringify(caller.name)} may not use the package ${JSON.stringify(packageName)}. It may use ${caller.packages?.join(", ")}.`,
  );
}

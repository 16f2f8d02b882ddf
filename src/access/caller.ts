/** The caller of a request: the key it was sent with, and what that key may do. */
import { ServerError } from "../errors.ts";

/**
 * - `run` starts runs.
 * - `read` shows actions, and the caller's own runs, results and callbacks.
 * - `cancel` cancels the caller's own runs.
 * - `admin` does all of this for everybody's runs, deletes runs and sends callbacks again.
 */
export const SCOPES = ["run", "read", "cancel", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Every handler below `/api` gets one. Counts, limits and log lines tell callers apart by `keyId`. */
export interface Caller {
  /** The id of the key, never the key itself: `CONFIGURED_ID` for the configured key, "" on a server without keys. */
  readonly keyId: string;
  /** The name by which people know the key. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The address the request came from, where that is recorded. */
  readonly address?: string | undefined;
  /** The packages whose actions it may run and read; null for all. */
  readonly packages: readonly string[] | null;
}

/** The id of the key in `ACTIOND_API_KEY` or `--api-key-file`. It stays the same when the key changes, and so do its runs. */
export const CONFIGURED_ID = "configured";

/** Every caller of a server without keys. */
export const ANYONE: Caller = {
  keyId: "",
  name: "anyone",
  scopes: SCOPES,
  packages: null,
};

export function isAdmin({ scopes }: Caller): boolean {
  return scopes.includes("admin");
}

/** @throws {ServerError} `forbidden`; the message names the scope */
export function requireScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope) || isAdmin(caller)) return;
  throw new ServerError(
    "forbidden",
    `The key ${JSON.stringify(caller.name)} lacks the scope "${scope}". It has ${caller.scopes.length === 0 ? "none" : caller.scopes.join(", ")}.`,
    { scope },
  );
}

export function mayUse({ packages }: Caller, packageName: string): boolean {
  return packages === null || packages.includes(packageName);
}

/** @throws {ServerError} `forbidden`; the message names the package, whether it exists or not */
export function requirePackage(caller: Caller, packageName: string): void {
  if (mayUse(caller, packageName)) return;
  throw new ServerError(
    "forbidden",
    `The key ${JSON.stringify(caller.name)} may not use the package ${JSON.stringify(packageName)}. It may use ${caller.packages?.join(", ")}.`,
  );
}

/** Decides who the caller is and whether they may do this, before anything but the method, path and key is read. */
import { Elysia } from "elysia";
import {
  ANYONE,
  type Caller,
  requirePackage,
  requireScope,
} from "../../access/caller.ts";
import type { Keyring } from "../../access/keyring.ts";
import { ServerError } from "../../errors.ts";
import type { AuditTrail } from "./audit.ts";
import { readKey } from "./credentials.ts";
import type { Rule, Rules } from "./rules.ts";

/** The plugin that gives every handler that uses it the `caller`. */
export type Access = ReturnType<typeof createAccess>;

/**
 * Every route that is registered after this plugin goes through it, whatever instance the route belongs to. `derive` runs
 * before bodies are read and anything is validated:
 * https://elysiajs.com/essential/life-cycle.html#transform
 */
export function createAccess(
  keyring: Keyring,
  rules: Rules,
  trail?: AuditTrail,
) {
  return new Elysia({ name: "access" }).derive(
    { as: "global" },
    ({ request, route, params }) => ({
      caller: locate(
        request,
        keyring.isOn
          ? admit(request, rules.find(request.method, route), params, {
              keyring,
              trail,
            })
          : ANYONE,
        trail,
      ),
    }),
  );
}

/** @throws {ServerError} `unauthorized`, `forbidden`, `invalid_header` */
function admit(
  request: Request,
  rule: Rule,
  /** Elysia leaves it undefined for a path without parameters, whatever its type says. */
  params: Readonly<Record<string, string | undefined>> | undefined,
  { keyring, trail }: { keyring: Keyring; trail: AuditTrail | undefined },
): Caller {
  if (rule.need === "open") return NOBODY;
  const key = readKey(request.headers);
  if (key === undefined)
    throw new ServerError(
      "unauthorized",
      "This request needs an API key. Send it as authorization: Bearer KEY, or as x-api-key: KEY.",
    );
  const caller = keyring.identify(key);
  trail?.identify(request, caller);
  if (rule.need !== "key") requireScope(caller, rule.need);
  const packageName = rule.package ?? params?.["package"];
  if (packageName !== undefined) requirePackage(caller, packageName);
  return caller;
}

/** The audit log says where a request came from; without one, nobody asks. */
function locate(
  request: Request,
  caller: Caller,
  trail: AuditTrail | undefined,
): Caller {
  if (trail === undefined) return caller;
  return { ...caller, address: trail.addressOf(request) };
}

/** The caller of a route that needs no key. */
const NOBODY: Caller = {
  keyId: "",
  name: "nobody",
  scopes: [],
  packages: [],
};

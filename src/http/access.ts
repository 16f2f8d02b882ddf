/** Who asks, and whether they may: decided before anything of a request but its method, path and key is read. */
import { Elysia } from "elysia";
import {
  ANYONE,
  type Caller,
  requirePackage,
  requireScope,
} from "../access/caller.ts";
import type { Keyring } from "../access/keyring.ts";
import { ServerError } from "../errors.ts";
import { readKey } from "./credentials.ts";
import type { Rule, Rules } from "./rules.ts";

/** Gives every handler that uses it the `caller`. */
export type Access = ReturnType<typeof createAccess>;

/**
 * What every route goes through, whatever instance it was registered on, once the application uses this before it.
 * `derive` runs before bodies are read and anything is checked:
 * https://elysiajs.com/essential/life-cycle.html#transform
 */
export function createAccess(keyring: Keyring, rules: Rules) {
  return new Elysia({ name: "access" }).derive(
    { as: "global" },
    ({ request, route, params }) => ({
      caller: keyring.isOn
        ? admit(request, keyring, rules.find(request.method, route), params)
        : ANYONE,
    }),
  );
}

/** @throws {ServerError} `unauthorized`, `forbidden`, `invalid_header` */
function admit(
  { headers }: Request,
  keyring: Keyring,
  rule: Rule,
  params: Readonly<Record<string, string | undefined>>,
): Caller {
  if (rule.need === "open") return NOBODY;
  const key = readKey(headers);
  if (key === undefined)
    throw new ServerError(
      "unauthorized",
      "An API key is needed. Send it as authorization: Bearer KEY, or as x-api-key: KEY.",
    );
  const caller = keyring.identify(key);
  if (rule.need !== "key") requireScope(caller, rule.need);
  const packageName = rule.package ?? params["package"];
  if (packageName !== undefined) requirePackage(caller, packageName);
  return caller;
}

/** Who asks where no key is needed. */
const NOBODY: Caller = {
  keyId: "",
  name: "nobody",
  scopes: [],
  packages: [],
};

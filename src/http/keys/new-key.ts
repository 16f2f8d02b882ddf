/** Reads the body of a request for a new key. */
import { t } from "elysia";
import { type Scope, SCOPES } from "../../access/caller.ts";
import {
  isKeyName,
  isPackageName,
  NAME,
  NAME_FORM,
  type NewKey,
  PACKAGE,
} from "../../access/make-key.ts";
import { ServerError } from "../../errors.ts";

/** The body, as the API documentation describes it: `toNewKey` checks it. */
export const newKeyBody = t.Object(
  {
    name: t.String({ pattern: NAME.source }),
    scopes: t.Optional(
      t.Array(t.String({ enum: [...SCOPES] }), {
        minItems: 1,
        description: "run, read and cancel if omitted.",
      }),
    ),
    packages: t.Optional(
      t.Union(
        [
          t.Array(t.String({ pattern: PACKAGE.source }), { minItems: 1 }),
          t.Null(),
        ],
        {
          description:
            "The packages it may use; null for all. A key with the scope admin may use all.",
        },
      ),
    ),
    expires_time: t.Optional(
      t.Union([t.String({ format: "date-time" }), t.Null()], {
        description: "A time to come; null for never.",
      }),
    ),
  },
  { additionalProperties: false },
);

const DEFAULT_SCOPES: readonly Scope[] = ["run", "read", "cancel"];
const MEMBERS = ["name", "scopes", "packages", "expires_time"];

/** @throws {ServerError} `invalid_input`, which says where */
export function toNewKey(body: unknown, now: number): NewKey {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw mistake("", "must be an object");
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw mistake(`/${unknown}`, `is not one of ${MEMBERS.join(", ")}`);
  const { name, scopes, packages, expires_time } = body as Record<
    string,
    unknown
  >;
  if (typeof name !== "string" || !isKeyName(name))
    throw mistake("/name", NAME_FORM.replace(/\.$/, ""));
  const key = {
    name,
    scopes: toScopes(scopes ?? DEFAULT_SCOPES),
    packages: toPackages(packages ?? null),
    expiresAt: toMoment(expires_time ?? null, now),
  };
  // An admin sees what every caller did, in all packages.
  if (key.packages !== null && key.scopes.includes("admin"))
    throw mistake(
      "/packages",
      'cannot limit a key with the scope "admin", which may do everything',
    );
  return key;
}

function toScopes(value: unknown): Scope[] {
  const scopes = Array.isArray(value) ? new Set<unknown>(value) : new Set();
  const known = SCOPES.filter((scope) => scopes.has(scope));
  if (known.length > 0 && known.length === scopes.size) return known;
  throw mistake("/scopes", `must be one or more of ${SCOPES.join(", ")}`);
}

function toPackages(value: unknown): string[] | null {
  if (value === null) return null;
  const names = Array.isArray(value) ? (value as unknown[]) : [];
  const isName = (name: unknown): name is string =>
    typeof name === "string" && isPackageName(name);
  if (names.length > 0 && names.every(isName)) return [...new Set(names)];
  throw mistake(
    "/packages",
    "must be null or names of packages as in the addresses of actions",
  );
}

function toMoment(value: unknown, now: number): number | null {
  if (value === null) return null;
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (at > now) return at;
  throw mistake(
    "/expires_time",
    'must be null or a time to come, such as "2027-01-31T12:00:00Z"',
  );
}

function mistake(path: string, message: string): ServerError {
  return new ServerError(
    "invalid_input",
    "The body does not describe a key that can be created.",
    {
      errors: [{ path, message }],
    },
  );
}

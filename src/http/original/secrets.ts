/** `POST /api/secrets`: secrets for runs to come, as clients of Sema4.ai's Action Server post them. */
import { t } from "elysia";
import { type Caller, requirePackage } from "../../access/caller.ts";
import type { Audit } from "../../audit/entry.ts";
import { toAddressWord } from "../../catalog/address.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { ServerError } from "../../errors.ts";
import { openEnvelope } from "../../secrets/envelope.ts";
import { toSecrets } from "../../secrets/sent-request.ts";
import type { Scope, Vault } from "../../secrets/vault.ts";
import { type JsonLimit, readSmallJson } from "../actions/body.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { jsonReply } from "../reply.ts";

export interface SecretsParts {
  readonly catalog: Pick<Catalog, "list">;
  readonly vault: Pick<Vault, "keys" | "post">;
  readonly audit?: Audit | undefined;
  readonly limits: JsonLimit;
}

/** What the secrets of a scope may have together. */
const MAX_BYTES = 1024 ** 2;

export const setSecrets = operation({
  id: "setSecrets",
  method: "POST",
  path: "/api/secrets",
  need: "admin",
  event: "secrets.set",
  tag: "Actions",
  summary: "Set secrets for future runs",
  description:
    'Takes `{"data": "…"}`: base64 of `{"secrets": {"NAME": "value"}, "scope": "global"}`, or with `{"action-package": "greeter"}` as the scope, plain or encrypted as `x-action-context` is. They replace those that were set for this scope, and are in memory alone: a restart forgets them.',
  body: t.Object({
    data: t.String({
      contentEncoding: "base64",
      maxLength: MAX_BYTES,
      description: "The secrets and their scope, as JSON in base64.",
    }),
  }),
  replies: {
    200: json("They are set.", { type: "string", enum: ["ok"] }),
  },
  problems: [
    "invalid_json",
    "invalid_input",
    "invalid_header",
    "input_too_large",
    "unsupported_media_type",
    "request_timed_out",
  ],
  async handle({ request, caller }, parts: SecretsParts) {
    const body = await readSmallJson(request, parts.limits);
    const data = (body as { data?: unknown } | null)?.data;
    if (typeof data !== "string")
      throw invalid("/data", "must be the secrets and their scope, in base64");
    if (data.length > MAX_BYTES)
      throw invalid("/data", `may have at most ${MAX_BYTES} bytes`);
    const opened = openEnvelope('The member "data"', data, parts.vault.keys);
    const secrets = toSecrets(opened["secrets"]);
    if (Object.keys(secrets).length === 0)
      throw invalid(
        "/data/secrets",
        "must be an object with a text, or an object with an access_token, for each name",
      );
    const scope = toScope(opened["scope"], caller, parts);
    parts.vault.post(scope, secrets);
    parts.audit?.record({
      event: "secrets.set",
      outcome: "allowed",
      key_id: caller.keyId,
      key: caller.name,
      address: caller.address,
      result: scope === "global" ? scope : scope.package,
    });
    return jsonReply("ok");
  },
});

/** Whose key is for some packages sets secrets for these alone. */
function toScope(
  scope: unknown,
  caller: Caller,
  { catalog }: SecretsParts,
): Scope {
  if (scope === "global") {
    if (caller.packages === null) return scope;
    throw new ServerError(
      "forbidden",
      `The key ${JSON.stringify(caller.name)} may set secrets only for ${caller.packages.join(", ")}.`,
    );
  }
  const name = (scope as { "action-package"?: unknown } | null | undefined)?.[
    "action-package"
  ];
  if (typeof name !== "string")
    throw invalid("/data/scope", 'must be "global" or {"action-package": "…"}');
  const wanted = toWord(name);
  requirePackage(caller, wanted);
  if (!catalog.list().some((entry) => entry.package === wanted))
    throw invalid(
      "/data/scope/action-package",
      "is not a package of this server",
    );
  return { package: wanted };
}

/** @returns the package that is called so; the name itself where it cannot be one */
function toWord(name: string): string {
  try {
    return toAddressWord(name);
  } catch {
    return name;
  }
}

function invalid(path: string, message: string): ServerError {
  return new ServerError("invalid_input", `${path} ${message}.`, {
    errors: [{ path, message }],
  });
}

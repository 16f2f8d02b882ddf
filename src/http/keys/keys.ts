/** `/api/keys`: the API keys, listed, created and revoked by an admin. */
import { t } from "elysia";
import { type Caller, SCOPES } from "../../access/caller.ts";
import { type Key, type KeyStore, stateOf } from "../../access/key.ts";
import type { Keyring } from "../../access/keyring.ts";
import { makeKey } from "../../access/make-key.ts";
import type { Audit, AuditEntry, AuditEvent } from "../../audit/entry.ts";
import { ServerError } from "../../errors.ts";
import { type JsonLimit, readSmallJson } from "../actions/body.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { emptyReply, jsonReply } from "../reply.ts";
import { newKeyBody, toNewKey } from "./new-key.ts";

export interface KeysParts {
  readonly keys: KeyStore;
  readonly keyring: Keyring;
  readonly audit?: Audit | undefined;
  readonly limits: JsonLimit;
}

const timeOrNull = t.Union([t.String(), t.Null()]);
const keyMembers = {
  id: t.String({ description: "It stays the same, and is never used again." }),
  name: t.String(),
  scopes: t.Array(t.String({ enum: [...SCOPES] })),
  packages: t.Union([t.Array(t.String()), t.Null()], {
    description: "The packages it may use; null for all.",
  }),
  state: t.String({ enum: ["active", "expired", "revoked"] }),
  created_time: t.String(),
  expires_time: timeOrNull,
  last_used_time: timeOrNull,
};

const listKeys = operation({
  id: "listKeys",
  method: "GET",
  path: "/api/keys",
  need: "admin",
  tag: "Keys",
  summary: "List the API keys",
  description:
    "Lists all keys, including revoked and expired ones. The text of a key is not stored.",
  replies: {
    200: json("The keys, oldest first.", t.Array(t.Object(keyMembers))),
  },
  problems: [],
  async handle(_, { keys }: KeysParts) {
    const now = Date.now();
    return jsonReply((await keys.list()).map((key) => toKeyObject(key, now)));
  },
});

const createKey = operation({
  id: "createKey",
  method: "POST",
  path: "/api/keys",
  need: "admin",
  event: "key.create",
  tag: "Keys",
  summary: "Create an API key",
  description:
    "`key` in the reply is the key itself: nobody can look at it again. From the first key on, the server asks every request for one.",
  body: newKeyBody,
  replies: {
    201: json("The new key.", t.Object({ key: t.String(), ...keyMembers })),
  },
  problems: [
    "invalid_json",
    "invalid_input",
    "unsupported_media_type",
    "input_too_large",
    "request_timed_out",
    "key_name_taken",
    "store_unavailable",
  ],
  async handle(
    { request, caller },
    { keys, keyring, audit, limits }: KeysParts,
  ) {
    const now = Date.now();
    const members = toNewKey(await readSmallJson(request, limits), now);
    const { key, token } = makeKey(members, now);
    if (!(await keys.add(key)))
      throw new ServerError(
        "key_name_taken",
        `A key named ${JSON.stringify(key.name)} already exists. Choose another name, or revoke that key first.`,
      );
    await keyring.reload();
    audit?.record(toEntry("key.create", caller, key));
    return jsonReply({ key: token, ...toKeyObject(key, now) }, {}, 201);
  },
});

const revokeKey = operation({
  id: "revokeKey",
  method: "DELETE",
  path: "/api/keys/:key_id",
  need: "admin",
  event: "key.revoke",
  tag: "Keys",
  summary: "Revoke an API key",
  description: "From now on, the key is refused. It stays in the list of keys.",
  params: t.Object({ key_id: t.String({ description: "The id of the key." }) }),
  replies: { 204: { description: "The key is revoked." } },
  problems: ["key_not_found", "store_unavailable"],
  async handle({ params, caller }, { keys, keyring, audit }: KeysParts) {
    const key = await keys.revoke(params.key_id, Date.now());
    if (key === undefined)
      throw new ServerError(
        "key_not_found",
        `No valid key has the id ${JSON.stringify(params.key_id)}.`,
      );
    await keyring.reload();
    audit?.record(toEntry("key.revoke", caller, key));
    return emptyReply();
  },
});

export const keyOperations = [listKeys, createKey, revokeKey];

function toEntry(event: AuditEvent, by: Caller, { name, id }: Key): AuditEntry {
  return {
    event,
    outcome: "allowed",
    key_id: by.keyId,
    key: by.name,
    address: by.address,
    result: `${name} (${id})`,
  };
}

function toKeyObject(key: Key, now: number) {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    packages: key.packages,
    state: stateOf(key, now),
    created_time: toTime(key.createdAt),
    expires_time: toTime(key.expiresAt),
    last_used_time: toTime(key.lastUsedAt),
  };
}

function toTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

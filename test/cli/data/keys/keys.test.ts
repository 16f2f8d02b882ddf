/** What `actiond keys` does and says, on a real data folder. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { KeyEditor } from "../../../../src/access/key.ts";
import { hashToken } from "../../../../src/access/token.ts";
import type { Audit, AuditEntry } from "../../../../src/audit/entry.ts";
import { createKey } from "../../../../src/cli/data/keys/create.ts";
import { listKeys } from "../../../../src/cli/data/keys/list.ts";
import { revokeKey } from "../../../../src/cli/data/keys/revoke.ts";
import { OperatorError, UsageError } from "../../../../src/errors.ts";
import { openKeyEditor } from "../../../../src/store/sqlite/keys.ts";
import { makeTemporaryFolder } from "../../../server.ts";

const NOW = Date.parse("2026-11-24T12:05:59Z");
const DAY = 86_400_000;
const standard = {
  name: "ci",
  scopes: ["run", "read", "cancel"],
  packages: undefined,
  expiresMs: Infinity,
} as const;

const entries: AuditEntry[] = [];
const audit: Audit = { record: (entry) => void entries.push(entry) };
let data: string;
let keys: KeyEditor & Disposable;
beforeEach(() => {
  entries.length = 0;
  data = makeTemporaryFolder();
  keys = openKeyEditor(data);
});
afterEach(() => {
  keys[Symbol.dispose]();
  rmSync(data, { recursive: true, force: true });
});

const create = (members: Partial<Parameters<typeof createKey>[0]> = {}) =>
  createKey({ ...standard, ...members }, { keys, audit, uid: 1000, now: NOW });
const revoke = (key: string) =>
  revokeKey(key, { keys, audit, uid: 1000, now: NOW + 1 });

describe("create", () => {
  test("keys create prints the key alone on standard output and keeps its hash", async () => {
    const { out, note } = await create();
    expect(out).toMatch(/^actiond_[\da-z]{57}\n$/);
    expect(note).toMatch(
      /^This is the key "ci" \(key_[\da-f]{16}\)\. It is shown only now\. Scopes: run, read, cancel; packages: all; expires: never\.\nIt is the first key here: from now on, every request needs a key\.\n$/,
    );
    expect((await create({ name: "second" })).note).toEndWith("never.\n");
    const [key] = await keys.list();
    expect(key).toEqual({
      id: expect.stringMatching(/^key_[\da-f]{16}$/),
      name: "ci",
      hash: hashToken(out.trim()),
      scopes: ["run", "read", "cancel"],
      packages: null,
      createdAt: NOW,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
    expect(JSON.stringify(await keys.list())).not.toContain(out.trim());
  });

  test("keys create keeps the scopes of a key and when it expires", async () => {
    const { note } = await create({
      scopes: ["read"],
      packages: ["greeter", "shop"],
      expiresMs: 90 * DAY,
    });
    expect(note).toContain(
      "Scopes: read; packages: greeter,shop; expires: 2027-02-22 12:05Z.",
    );
    expect((await keys.list())[0]).toMatchObject({
      scopes: ["read"],
      packages: ["greeter", "shop"],
      expiresAt: NOW + 90 * DAY,
    });
  });

  test("keys create refuses a name that is taken", async () => {
    await create();
    await expect(create()).rejects.toThrow(OperatorError);
    await expect(create()).rejects.toThrow('A key named "ci" already exists.');
    expect(await keys.list()).toHaveLength(1);
  });

  test("keys create refuses to limit an admin to packages", async () => {
    const limited = () => create({ scopes: ["admin"], packages: ["greeter"] });
    await expect(limited()).rejects.toThrow(UsageError);
    await expect(limited()).rejects.toThrow("--packages cannot limit it.");
    expect(await keys.list()).toEqual([]);
  });
});

describe("revoke", () => {
  test("keys revoke says which key it revoked", async () => {
    await create();
    const [key] = await keys.list();
    expect(await revoke("ci")).toBe(
      `The key "ci" (${key?.id}) has been revoked.\n`,
    );
    expect((await keys.list())[0]?.revokedAt).toBe(NOW + 1);
  });

  test("keys revoke refuses a key that does not exist or is already revoked", async () => {
    await expect(revoke("ci")).rejects.toThrow(
      'No valid key has the name or id "ci".',
    );
    await create();
    await revoke("ci");
    await expect(revoke("ci")).rejects.toThrow(OperatorError);
  });
});

test("keys list has a line for each key, even if it is revoked or expired", async () => {
  const list = async (now: number) =>
    (await listKeys({ keys, now }))
      .replaceAll(/key_[\da-f]{16}/g, "key_…")
      .replaceAll(/ {2,}/g, " | ");
  expect(await list(NOW)).toBe(
    "ID | NAME | STATE | SCOPES | PACKAGES | CREATED | EXPIRES | LAST USED\n",
  );
  await create({ name: "old", expiresMs: DAY });
  await create({ name: "gone" });
  await create({ name: "now", scopes: ["admin"] });
  await revoke("gone");
  expect((await list(NOW + DAY)).split("\n").slice(1)).toEqual([
    "key_… | old | expired | run,read,cancel | all | 2026-11-24 12:05Z | 2026-11-25 12:05Z | never",
    "key_… | gone | revoked | run,read,cancel | all | 2026-11-24 12:05Z | never | never",
    "key_… | now | active | admin | all | 2026-11-24 12:05Z | never | never",
    "",
  ]);
});

test("the audit log has every change of keys and nothing that was not done", async () => {
  await create();
  await expect(create()).rejects.toThrow(OperatorError);
  const [key] = await keys.list();
  await listKeys({ keys, now: NOW });
  await revoke("ci");
  const entry = {
    outcome: "allowed",
    key_id: key?.id ?? "",
    key: "ci",
    uid: 1000,
  } as const;
  expect(entries).toEqual([
    { event: "key.create", ...entry },
    { event: "key.revoke", ...entry },
  ]);
});

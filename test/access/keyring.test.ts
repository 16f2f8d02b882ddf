/** A server's keys, and somebody who changes them meanwhile. */
import { describe, expect, test } from "bun:test";
import type { AccessTokens } from "../../src/access/access-tokens.ts";
import type { Key } from "../../src/access/key.ts";
import { Keyring } from "../../src/access/keyring.ts";
import { hashToken, makeToken } from "../../src/access/token.ts";
import { createKeyStore, openKeyEditor } from "../../src/store/sqlite/keys.ts";
import { openTemporaryStore } from "../store/sqlite/temporary-store.ts";

const CONFIGURED = "the-configured-key";

function openKeys(configured?: string) {
  const stack = new DisposableStack();
  const kept = stack.use(openTemporaryStore());
  const editor = stack.use(openKeyEditor(kept.folder));
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const keys = createKeyStore(kept.store);
  const errors: string[] = [];
  let loaded = Promise.withResolvers<void>();
  let isFailing = false;
  let recorded: Promise<void> | undefined;
  const store = {
    ...keys,
    recordUse(id: string, at: number) {
      recorded = keys.recordUse(id, at);
      return recorded;
    },
    async list() {
      const found = await keys.list();
      setImmediate(loaded.resolve);
      if (!isFailing) return found;
      isFailing = false;
      throw new Error("The keys could not be read.");
    },
  };
  let count = 0;
  return {
    clock,
    editor,
    errors,
    failOnce() {
      isFailing = true;
    },
    /** Resolves when the last use that was to be recorded is. */
    untilRecorded: () => recorded,
    /** Resolves when the keys have been read once more. */
    async untilLoaded() {
      loaded = Promise.withResolvers<void>();
      await loaded.promise;
    },
    makeKeyring: async (tokens?: AccessTokens) =>
      stack.use(
        await Keyring.open({
          configured,
          tokens,
          store,
          now,
          onError: (error) => errors.push((error as Error).message),
        }),
      ),
    /** @returns the text of a key that somebody else has added */
    add(members: Partial<Key> = {}): string {
      const token = makeToken();
      count += 1;
      void editor.add({
        id: `key_${count}`,
        name: `name ${count}`,
        hash: hashToken(token),
        scopes: ["run"],
        packages: null,
        createdAt: clock.now,
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
        ...members,
      });
      return token;
    },
    [Symbol.dispose]: () => {
      stack.dispose();
    },
  };
}

describe("whether a key is needed", () => {
  test("no key is needed until the first key exists", async () => {
    using stage = openKeys();
    const keyring = await stage.makeKeyring();
    expect(keyring.isOn).toBe(false);
    stage.add();
    await stage.untilLoaded();
    expect(keyring.isOn).toBe(true);
  });

  test("a key is needed even if the only key is revoked or expired", async () => {
    for (const members of [{ revokedAt: 1 }, { expiresAt: 1 }]) {
      using stage = openKeys();
      stage.add(members);
      expect((await stage.makeKeyring()).isOn).toBe(true);
    }
  });
});

describe("how many others there are that may run actions", () => {
  test("is said by the keys that are valid and may run", async () => {
    using stage = openKeys();
    stage.add({ id: "key_a" });
    stage.add({ scopes: ["read"] });
    stage.add({ expiresAt: stage.clock.now + 10 });
    const keyring = await stage.makeKeyring();
    expect(keyring.othersOf("key_a")).toBe(1);
    expect(keyring.othersOf("key_z")).toBe(2);
    stage.clock.now += 10;
    expect(keyring.othersOf("key_a")).toBe(0);
  });

  test("is one more where access tokens are accepted, and requests need a key or a token there", async () => {
    using stage = openKeys();
    const identify = () => Promise.reject(new Error("unused"));
    const keyring = await stage.makeKeyring({ identify });
    expect(keyring.isOn).toBe(true);
    expect(keyring.hasValidKey).toBe(true);
    expect(keyring.othersOf("oauth_a")).toBe(1);
    stage.add({ id: "key_a" });
    await stage.untilLoaded();
    expect(keyring.othersOf("oauth_a")).toBe(2);
    expect(keyring.othersOf("key_a")).toBe(1);
  });
});

test("the configured key may do everything", async () => {
  using stage = openKeys(CONFIGURED);
  const keyring = await stage.makeKeyring();
  expect(keyring.isOn).toBe(true);
  expect(keyring.identify(CONFIGURED)).toEqual({
    keyId: "configured",
    name: "configured",
    scopes: ["run", "read", "cancel", "admin"],
    packages: null,
  });
});

test("the text of a key identifies the caller it belongs to", async () => {
  using stage = openKeys(CONFIGURED);
  const one = stage.add({ scopes: ["read", "cancel"], packages: ["a"] });
  const two = stage.add();
  const keyring = await stage.makeKeyring();
  expect(keyring.identify(one)).toEqual({
    keyId: "key_1",
    name: "name 1",
    scopes: ["read", "cancel"],
    packages: ["a"],
  });
  expect(keyring.identify(two).keyId).toBe("key_2");
});

test.each([
  ["is unknown", "This API key is not known.", makeToken()],
  ["is too long", "This API key is not known.", `${CONFIGURED}.`],
  ["is cut short", "This API key is not known.", CONFIGURED.slice(1)],
  [
    "is malformed",
    "This is not an API key. It may be mistyped or incomplete.",
    "actiond_abc",
  ],
  ["is empty", "This is not an API key. It may be mistyped or incomplete.", ""],
  [
    "has 5000 letters",
    "This is not an API key. It may be mistyped or incomplete.",
    "x".repeat(5000),
  ],
])("a key that %s is refused and told why", async (_, message, token) => {
  using stage = openKeys(CONFIGURED);
  const keyring = await stage.makeKeyring();
  expect(() => keyring.identify(token)).toThrow(message);
});

describe("changes made by another process", () => {
  test("a key is accepted soon after it was added and refused soon after it was revoked", async () => {
    using stage = openKeys(CONFIGURED);
    const keyring = await stage.makeKeyring();
    keyring.identify(CONFIGURED);
    const token = stage.add();
    expect(() => keyring.identify(token)).toThrow("This API key is not known.");
    await stage.untilLoaded();
    expect(keyring.identify(token).keyId).toBe("key_1");
    const revoked = await stage.editor.revoke("name 1", stage.clock.now);
    expect(revoked?.id).toBe("key_1");
    await stage.untilLoaded();
    expect(() => keyring.identify(token)).toThrow("This API key is revoked.");
  });

  test("a key expires on time without another look at the database", async () => {
    using stage = openKeys();
    const token = stage.add({ expiresAt: stage.clock.now + 100 });
    const keyring = await stage.makeKeyring();
    stage.clock.now += 99;
    expect(keyring.identify(token).keyId).toBe("key_1");
    stage.clock.now += 1;
    expect(() => keyring.identify(token)).toThrow("This API key is expired.");
  });

  test("the server stays closed after its last key was revoked", async () => {
    using stage = openKeys();
    stage.add();
    const keyring = await stage.makeKeyring();
    await stage.editor.revoke("key_1", stage.clock.now);
    await stage.untilLoaded();
    expect(keyring.isOn).toBe(true);
  });

  test("the keys that were known go on being used when they cannot be read again", async () => {
    using stage = openKeys(CONFIGURED);
    const keyring = await stage.makeKeyring();
    stage.add();
    stage.failOnce();
    await stage.untilLoaded();
    expect(keyring.identify(CONFIGURED).name).toBe("configured");
    expect(stage.errors).toEqual(["The keys could not be read."]);
  });
});

test("the last use of a key is recorded once a minute", async () => {
  using stage = openKeys(CONFIGURED);
  const token = stage.add();
  const keyring = await stage.makeKeyring();
  const lastUsedAt = async () => {
    keyring.identify(token);
    await stage.untilRecorded();
    return (await stage.editor.list())[0]?.lastUsedAt;
  };
  const first = stage.clock.now;
  expect(await lastUsedAt()).toBe(first);
  stage.clock.now += 59_999;
  expect(await lastUsedAt()).toBe(first);
  stage.clock.now += 1;
  expect(await lastUsedAt()).toBe(first + 60_000);
  keyring.identify(CONFIGURED);
  await stage.untilRecorded();
  expect(await stage.editor.list()).toHaveLength(1);
});

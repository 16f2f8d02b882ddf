/** A server's keys, and somebody who changes them meanwhile. */
import { describe, expect, test } from "bun:test";
import type { Key } from "../../src/access/key.ts";
import { Keyring } from "../../src/access/keyring.ts";
import { hashToken, makeToken } from "../../src/access/token.ts";
import { createKeyStore, openKeyEditor } from "../../src/store/sqlite/keys.ts";
import { turn } from "../run/stage.ts";
import { openTemporaryStore } from "../store/sqlite/temporary-store.ts";

const CONFIGURED = "the-configured-key";

function open(configured?: string) {
  const stack = new DisposableStack();
  const kept = stack.use(openTemporaryStore());
  const editor = stack.use(openKeyEditor(kept.folder));
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const store = createKeyStore(kept.store);
  let count = 0;
  return {
    clock,
    editor,
    makeKeyring: () => new Keyring({ configured, store, now }),
    /** @returns the text of a key that somebody else has added */
    add(members: Partial<Key> = {}): string {
      const token = makeToken();
      count += 1;
      editor.add({
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
  test("no key is needed until the first key exists", () => {
    using stage = open();
    const keyring = stage.makeKeyring();
    expect(keyring.isOn).toBe(false);
    stage.add();
    stage.clock.now += 200;
    expect(keyring.isOn).toBe(true);
  });

  test("a key is needed even if the only key is revoked or expired", () => {
    for (const members of [{ revokedAt: 1 }, { expiresAt: 1 }]) {
      using stage = open();
      stage.add(members);
      expect(stage.makeKeyring().isOn).toBe(true);
    }
  });
});

test("the configured key may do everything", () => {
  using stage = open(CONFIGURED);
  const keyring = stage.makeKeyring();
  expect(keyring.isOn).toBe(true);
  expect(keyring.identify(CONFIGURED)).toEqual({
    keyId: "configured",
    name: "configured",
    scopes: ["run", "read", "cancel", "admin"],
    packages: null,
  });
});

test("the text of a key identifies the caller it belongs to", () => {
  using stage = open(CONFIGURED);
  const one = stage.add({ scopes: ["read", "cancel"], packages: ["a"] });
  const two = stage.add();
  const keyring = stage.makeKeyring();
  expect(keyring.identify(one)).toEqual({
    keyId: "key_1",
    name: "name 1",
    scopes: ["read", "cancel"],
    packages: ["a"],
  });
  expect(keyring.identify(two).keyId).toBe("key_2");
});

test.each([
  ["unknown", "There is no such API key.", makeToken()],
  ["too long", "There is no such API key.", `${CONFIGURED}.`],
  ["cut short", "There is no such API key.", CONFIGURED.slice(1)],
  [
    "malformed",
    "This is not an API key. It may be mistyped or cut short.",
    "actiond_abc",
  ],
  ["empty", "This is not an API key. It may be mistyped or cut short.", ""],
  [
    "5000 characters long",
    "This is not an API key. It may be mistyped or cut short.",
    "x".repeat(5000),
  ],
])("a key that is %s is refused", (_, message, token) => {
  using stage = open(CONFIGURED);
  const keyring = stage.makeKeyring();
  expect(() => keyring.identify(token)).toThrow(message);
});

describe("changes made by another process", () => {
  test("a key is accepted 200 ms after it was added and refused 200 ms after it was revoked", () => {
    using stage = open(CONFIGURED);
    const keyring = stage.makeKeyring();
    keyring.identify(CONFIGURED);
    const token = stage.add();
    stage.clock.now += 200;
    expect(keyring.identify(token).keyId).toBe("key_1");
    expect(stage.editor.revoke("name 1", stage.clock.now)?.id).toBe("key_1");
    stage.clock.now += 199;
    expect(keyring.identify(token).keyId).toBe("key_1");
    stage.clock.now += 1;
    expect(() => keyring.identify(token)).toThrow("This API key is revoked.");
  });

  test("a key expires on time without another look at the database", () => {
    using stage = open();
    const token = stage.add({ expiresAt: stage.clock.now + 100 });
    const keyring = stage.makeKeyring();
    stage.clock.now += 99;
    expect(keyring.identify(token).keyId).toBe("key_1");
    stage.clock.now += 1;
    expect(() => keyring.identify(token)).toThrow("This API key is expired.");
  });

  test("the server stays closed after its last key was revoked", () => {
    using stage = open();
    stage.add();
    const keyring = stage.makeKeyring();
    stage.editor.revoke("key_1", stage.clock.now);
    stage.clock.now += 200;
    expect(keyring.isOn).toBe(true);
  });

  test("a change is seen even if the clock was set back", () => {
    using stage = open(CONFIGURED);
    const keyring = stage.makeKeyring();
    keyring.identify(CONFIGURED);
    const token = stage.add();
    stage.clock.now -= 1;
    expect(keyring.identify(token).keyId).toBe("key_1");
  });
});

test("the last use of a key is recorded once a minute", async () => {
  using stage = open(CONFIGURED);
  const token = stage.add();
  const keyring = stage.makeKeyring();
  const lastUsedAt = async () => {
    keyring.identify(token);
    await turn();
    return stage.editor.list()[0]?.lastUsedAt;
  };
  const first = stage.clock.now;
  expect(await lastUsedAt()).toBe(first);
  stage.clock.now += 59_999;
  expect(await lastUsedAt()).toBe(first);
  stage.clock.now += 1;
  expect(await lastUsedAt()).toBe(first + 60_000);
  keyring.identify(CONFIGURED);
  await turn();
  expect(stage.editor.list()).toHaveLength(1);
});

import { expect, test } from "bun:test";
import { makeKey } from "../make-key.ts";
import { describeStores } from "./adapters.ts";

describeStores((open) => {
  test("a key is kept as it was added, and its last use with it", async () => {
    await using kept = await open();
    const { keys } = kept;
    const second = { id: "key_2", name: "b", hash: "b", packages: null };
    const all = [makeKey(), makeKey({ ...second, expiresAt: null })];
    for (const key of all) expect(await keys.add(key)).toBe(true);
    expect(await keys.list()).toEqual(all);
    await keys.recordUse("key_2", 7);
    expect((await keys.list())[1]?.lastUsedAt).toBe(7);
  });

  test("a name belongs to one key until that key is revoked", async () => {
    await using kept = await open();
    const { keys } = kept;
    expect(await keys.add(makeKey())).toBe(true);
    const second = makeKey({ id: "key_2", hash: "b" });
    expect(await keys.add(second)).toBe(false);
    expect(await keys.revoke("ci", 7)).toEqual(makeKey({ revokedAt: 7 }));
    expect(await keys.add(second)).toBe(true);
    expect(await keys.list()).toEqual([makeKey({ revokedAt: 7 }), second]);
  });

  test("a key is revoked once by its name or id", async () => {
    await using kept = await open();
    const { keys } = kept;
    await keys.add(makeKey());
    expect((await keys.revoke("key_1", 7))?.revokedAt).toBe(7);
    for (const name of ["key_1", "ci", "none", "", "a\0b"])
      expect(await keys.revoke(name, 8)).toBeUndefined();
    expect((await keys.list())[0]?.revokedAt).toBe(7);
  });
});

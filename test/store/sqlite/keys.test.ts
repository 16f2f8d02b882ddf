/** Keys in a data folder: its server's view, and that of people who change them. */
import { describe, expect, test } from "bun:test";
import {
  existsSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  createKeyStore,
  openKeyEditor,
} from "../../../src/store/sqlite/keys.ts";
import { openStore } from "../../../src/store/sqlite/open.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { makeKey } from "../make-key.ts";
import { makeRun, openTemporaryStore, THREAD } from "./temporary-store.ts";

function makeFolder() {
  const parent = makeTemporaryFolder();
  return {
    folder: join(parent, "data"),
    [Symbol.dispose]: () => {
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

test("a key is kept as it was added even before the first start of a server", async () => {
  using made = makeFolder();
  const keys = [
    makeKey(),
    makeKey({ id: "key_2", name: "b", hash: "b", packages: null }),
  ];
  {
    using editor = openKeyEditor(made.folder);
    for (const key of keys) expect(await editor.add(key)).toBe(true);
  }
  expect(statSync(made.folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(made.folder, "actiond.db")).mode & 0o777).toBe(0o600);
  await using store = openStore(made.folder, {
    durability: "normal",
    thread: THREAD,
  });
  expect(await createKeyStore(store).list()).toEqual(keys);
});

test("listing and revoking keys make no folder", async () => {
  using made = makeFolder();
  expect(() => openKeyEditor(made.folder, { isNew: false })).toThrow(
    `There is no database in ${made.folder}. Name the data folder with --data.`,
  );
  expect(existsSync(made.folder)).toBe(false);
  openKeyEditor(made.folder)[Symbol.dispose]();
  using editor = openKeyEditor(made.folder, { isNew: false });
  expect(await editor.list()).toEqual([]);
});

test("a name belongs to one key until that key is revoked", async () => {
  using kept = openTemporaryStore();
  using editor = openKeyEditor(kept.folder);
  expect(await editor.add(makeKey())).toBe(true);
  const second = makeKey({ id: "key_2", hash: "b" });
  expect(await editor.add(second)).toBe(false);
  expect(await editor.revoke("ci", 7)).toEqual(makeKey({ revokedAt: 7 }));
  expect(await editor.add(second)).toBe(true);
  expect(await editor.list()).toEqual([makeKey({ revokedAt: 7 }), second]);
});

test("a key is revoked once by its name or id", async () => {
  using kept = openTemporaryStore();
  using editor = openKeyEditor(kept.folder);
  await editor.add(makeKey());
  expect((await editor.revoke("key_1", 7))?.revokedAt).toBe(7);
  for (const name of ["key_1", "ci", "none", ""])
    expect(await editor.revoke(name, 8)).toBeUndefined();
  expect((await editor.list())[0]?.revokedAt).toBe(7);
});

describe("a server", () => {
  test("a server notices the changes of others and not its own", async () => {
    using kept = openTemporaryStore();
    using editor = openKeyEditor(kept.folder);
    const keys = createKeyStore(kept.store);
    let count = 0;
    let changed = Promise.withResolvers<void>();
    using _ = keys.onChange(() => {
      count += 1;
      changed.resolve();
    });
    // Something may have changed between the look-ups before and the first look of the thread.
    await changed.promise;
    changed = Promise.withResolvers();
    await kept.runs.insert(makeRun());
    await editor.add(makeKey());
    await changed.promise;
    expect(count).toBe(2);
  });

  test("a server waits with its writes while another process makes a change", async () => {
    using kept = openTemporaryStore();
    const child = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "hold-database.ts"),
        kept.folder,
      ],
      { stdout: "pipe", stderr: "inherit" },
    );
    const { value } = await child.stdout.getReader().read();
    expect(Buffer.from(value!).toString()).toBe("held\n");
    await kept.runs.insert(makeRun());
    expect((await kept.runs.list({ limit: 10 })).runs).toHaveLength(1);
    expect(await child.exited).toBe(0);
  });
});

test("a database of another version is not touched", async () => {
  using kept = openTemporaryStore();
  kept.meddle((sqlite) =>
    sqlite.run("UPDATE __drizzle_migrations SET created_at = 1"),
  );
  expect(() => openKeyEditor(kept.folder, { waitMs: 50 })).toThrow(
    `is held by another actiond, process ${process.pid}`,
  );
});

test("a file that is not a database is named", async () => {
  using made = makeFolder();
  openKeyEditor(made.folder)[Symbol.dispose]();
  const file = join(made.folder, "actiond.db");
  for (const name of readdirSync(made.folder)) rmSync(join(made.folder, name));
  writeFileSync(file, "This is no database. ".repeat(500));
  expect(() => openKeyEditor(made.folder)).toThrow(
    `The database ${file} cannot be opened`,
  );
});

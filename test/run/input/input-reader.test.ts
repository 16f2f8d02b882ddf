import { afterEach, describe, expect, test } from "bun:test";
import { action } from "../../../src/action/action.ts";
import {
  type CatalogEntry,
  toEntry,
} from "../../../src/catalog/catalog-entry.ts";
import { CheckWorker } from "../../../src/run/input/check-worker.ts";
import { InputReader } from "../../../src/run/input/input-reader.ts";
import { toFingerprint } from "../../../src/run/repeat.ts";
import { t } from "../../../src/sdk.ts";

const thread = new URL(
  "../../../src/run/input/check-thread.ts",
  import.meta.url,
).href;
const opened: Disposable[] = [];
afterEach(() => {
  for (const worker of opened.splice(0)) worker[Symbol.dispose]();
});

const limit = {
  maxInputBytes: 1_000_000,
  maxInputDepth: 1000,
  maxInputValues: 100_000,
};

function open(limits: Partial<typeof limit> & { maxMs?: number } = {}) {
  const { maxMs = 10_000, ...given } = limits;
  const worker = new CheckWorker({ thread, maxMs });
  opened.push(worker);
  return new InputReader({ ...limit, ...given }, worker);
}

function entryOf(input: ReturnType<typeof t.Object>): CatalogEntry {
  const value = action({ input, run: () => null });
  const found = { file: "a.ts", packageName: "a", name: "act", value };
  return toEntry(found) as CatalogEntry;
}

const asked = { owner: "", hasKey: false };
const read = async (
  reader: InputReader,
  input: unknown,
  entry: CatalogEntry,
  options = asked,
) => await reader.read(Buffer.from(JSON.stringify(input)), entry, options);

const order = entryOf(
  t.Object({
    note: t.String({ default: "none" }),
    when: t.Optional(t.String({ format: "date" })),
    lines: t.Optional(t.Array(t.Object({ count: t.Number({ default: 1 }) }))),
  }),
);

/** Sends an input through the thread. */
const long = { note: "x".repeat(100_000) };

test("a small input is read at once", () => {
  const text = Buffer.from('{"when":"2026-01-02"}');
  expect(open().read(text, order, asked)).toEqual({
    ok: true,
    value: { when: "2026-01-02", note: "none" },
    text: '{"when":"2026-01-02","note":"none"}',
  });
});

test("a large input is read in the thread, with defaults, formats and fingerprint", async () => {
  const reader = open();
  const input = { ...long, lines: [{}] };
  const value = { ...long, lines: [{ count: 1 }] };
  const options = { owner: "", hasKey: true };
  expect(await read(reader, input, order, options)).toEqual({
    ok: true,
    value,
    text: JSON.stringify(value),
    fingerprint: toFingerprint("a/act", value),
  });
  const refused = await read(
    reader,
    { ...long, when: "2026-02-31" },
    order,
  ).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: "invalid_input",
    errors: [{ path: "/when" }],
  });
});

test.each([
  ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "invalid_json"],
  ["cut off", Buffer.from('{"a"'), "invalid_json"],
  ["empty", Buffer.alloc(0), undefined],
])("an input that is %s is answered with %s", async (_title, bytes, code) => {
  const reading = (async () => await open().read(bytes, order, asked))();
  if (code === undefined) await reading;
  else await expect(reading).rejects.toMatchObject({ code });
});

describe("what a few bytes stand for", () => {
  test("defaults that are filled in count as values", async () => {
    const reader = open({ maxInputValues: 1000 });
    const input = { lines: Array.from({ length: 990 }, () => ({})) };
    await read(reader, input, order);
    const more = open({ maxInputValues: 995 });
    const lines = Array.from({ length: 994 }, () => ({}));
    await expect(read(more, { lines }, order)).resolves.toBeDefined();
    const many = entryOf(
      t.Object({
        lines: t.Array(
          t.Object({
            a: t.Number({ default: 1 }),
            b: t.Number({ default: 2 }),
          }),
        ),
      }),
    );
    await expect(read(more, { lines }, many)).rejects.toMatchObject({
      errors: [{ path: "", message: "needs more than 995 default values" }],
    });
  });

  test("an input that its defaults make too long is refused", async () => {
    const entry = entryOf(
      t.Object({
        lines: t.Array(t.Object({ a: t.String({ default: "x".repeat(500) }) })),
      }),
    );
    const reader = open({ maxInputBytes: 10_000 });
    const lines = Array.from({ length: 100 }, () => ({}));
    await expect(read(reader, { lines }, entry)).rejects.toMatchObject({
      code: "input_too_large",
    });
  });

  test("the paths of errors are cut", async () => {
    const entry = entryOf(
      t.Object({ all: t.Record(t.String(), t.Array(t.Number())) }),
    );
    const all = { ["n".repeat(9000)]: Array(50).fill("x") };
    const error = await read(open(), { all }, entry).catch(
      (thrown: unknown) => thrown as { errors: { path: string }[] },
    );
    const { errors } = error as { errors: { path: string }[] };
    expect(errors).toHaveLength(20);
    for (const { path } of errors) expect(path.length).toBeLessThan(300);
  });
});

describe("the time that checking takes", () => {
  const evil = entryOf(t.Object({ a: t.String({ pattern: "^(a+)+$" }) }));
  const input = { a: `${"a".repeat(40)}!` };

  test("a pattern that takes for ever is given up, and the event loop turns meanwhile", async () => {
    const reader = open({ maxMs: 300 });
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 10);
    await expect(read(reader, input, evil)).rejects.toThrow(
      "The input takes more than 0.3 s to read and check, which is the limit.",
    );
    clearInterval(turning);
    expect(turns).toBeGreaterThan(5);
    // A busy machine may need more time than that for a new thread's first order.
    const readNext = async (): Promise<unknown> =>
      await read(reader, long, order).catch(readNext);
    expect(await readNext()).toMatchObject({ ok: true });
  });

  test("keys take turns: one that sends many waits for itself", async () => {
    const reader = open({ maxMs: 500 });
    let givenUpCount = 0;
    const slow = Array.from({ length: 4 }, () =>
      read(reader, input, evil, { owner: "one", hasKey: false }).catch(() => {
        givenUpCount += 1;
      }),
    );
    // Its turn has come, whether a busy machine has the time for it or not.
    await Promise.allSettled([
      read(reader, long, order, { owner: "two", hasKey: false }),
    ]);
    // One was being checked when the other key asked, and one turn of each key may follow.
    expect(givenUpCount).toBeLessThan(3);
    await Promise.all(slow);
    expect(givenUpCount).toBe(4);
  });

  test("unique items of a large list do not hold the event loop up", async () => {
    const entry = entryOf(
      t.Object({ all: t.Array(t.String(), { uniqueItems: true }) }),
    );
    const all = Array.from({ length: 50_000 }, (_, index) => `item ${index}`);
    const reader = open({ maxMs: 20_000 });
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 5);
    await read(reader, { all }, entry);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(5);
  }, 30_000);
});

test("a schema with code in it is checked here, after the thread has parsed the input", async () => {
  const entry = entryOf(
    t.Object({
      note: t.String(),
      id: t.String({ default: () => "made" }),
    }),
  );
  expect(await read(open(), long, entry)).toMatchObject({
    value: { ...long, id: "made" },
  });
});

describe("a value that was parsed elsewhere", () => {
  const lines = entryOf(t.Object({ line: t.String({ pattern: "^(a+)+$" }) }));

  test("is checked in the thread where the schema may take any time", async () => {
    const reader = open({ maxMs: 200 });
    const input = { line: `${"a".repeat(60)}!` };
    await expect(
      (async () => await reader.read(input, lines, asked))(),
    ).rejects.toThrow("takes more than 0.2 s");
  });

  test("is checked in the thread where it is large, and comes back whole", async () => {
    const reader = open();
    const reading = reader.read(long, order, asked);
    expect(reading).toBeInstanceOf(Promise);
    expect((await reading).value).toMatchObject(long);
  });

  test("is checked at once where it is small", () => {
    expect(open().read({ note: "x" }, order, asked)).toMatchObject({
      value: { note: "x" },
    });
  });
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type AuditEntry, toLine } from "../../src/audit/entry.ts";

const AT = new Date("2026-11-24T10:15:06.187Z");
const NAMES = [
  "key_id",
  "key",
  "address",
  "method",
  "path",
  "action",
  "run_id",
  "request_id",
  "code",
  "result",
] as const;

test("an entry is a line of JSON with the time, the event and everything that is known", () => {
  const entry: AuditEntry = {
    event: "run.cancel",
    outcome: "allowed",
    key_id: "k1",
    key: undefined,
    run_id: "r1",
  };
  expect(toLine(entry, AT)).toBe(
    '{"time":"2026-11-24T10:15:06.187Z","event":"run.cancel","outcome":"allowed","key_id":"k1","run_id":"r1"}\n',
  );
});

test("an entry is one line of at most 4096 bytes whatever callers send", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .constantFrom("\u0000", "\u2028\n", '"', "é", "😀")
      .map((unit) => unit.repeat(3000)),
  );
  const texts = fc.record(
    Object.fromEntries(NAMES.map((name) => [name, text])),
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(texts, (chosen) => {
      const line = toLine(
        { event: "run.start", outcome: "refused", status: 422, ...chosen },
        AT,
      );
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4096);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      const parsed = JSON.parse(line);
      expect(parsed).toMatchObject({ event: "run.start", status: 422 });
      for (const name of NAMES)
        expect(parsed[name]?.slice(0, 50)).toBe(chosen[name]?.slice(0, 50));
    }),
    { numRuns: 300 },
  );
});

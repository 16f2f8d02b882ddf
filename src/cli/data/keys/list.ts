/** Lists the keys as a table. */
import { type Key, stateOf } from "../../../access/key.ts";
import { describeExpiry, describePackages, toMinute } from "./describe.ts";
import type { OpenKeys } from "./open.ts";

const COLUMNS: readonly [string, (key: Key, now: number) => string][] = [
  ["ID", ({ id }) => id],
  ["NAME", ({ name }) => name],
  ["STATE", stateOf],
  ["SCOPES", ({ scopes }) => scopes.join(",")],
  ["PACKAGES", describePackages],
  ["CREATED", ({ createdAt }) => toMinute(createdAt)],
  ["EXPIRES", describeExpiry],
  [
    "LAST USED",
    ({ lastUsedAt }) => (lastUsedAt === null ? "never" : toMinute(lastUsedAt)),
  ],
];

/** @returns a line of headings, then a line for each key, the oldest first; columns are two spaces apart */
export async function listKeys({
  keys,
  now,
}: Pick<OpenKeys, "keys" | "now">): Promise<string> {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...(await keys.list()).map((key) =>
      COLUMNS.map(([, toText]) => toText(key, now)),
    ),
  ];
  const widths = COLUMNS.map((_, index) =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

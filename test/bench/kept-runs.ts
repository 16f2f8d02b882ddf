/** Makes a data folder with many finished runs in seconds: one run that the server has recorded, multiplied by SQLite. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { serveActions } from "./served.ts";

/** Rows of one transaction, which the write-ahead log has to hold. */
const CHUNK = 500_000;
const OWN = new Set(["numbered_id", "id", "package", "status"]);

/** A third of them are in the package shop, and one in fifty failed. */
export async function makeRuns(data: string, count: number): Promise<void> {
  {
    await using server = await serveActions(data);
    await fetch(`${server.url}/api/actions/bench/add/run`, {
      method: "POST",
      body: '{"a":1,"b":2}',
    });
  }
  const database = new Database(join(data, "actiond.db"));
  const columns = database
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('runs')")
    .all()
    .map(({ name }) => name)
    .filter((name) => !OWN.has(name))
    .join(", ");
  database.run("PRAGMA synchronous = OFF");
  for (let from = 1; from <= count; from += CHUNK) {
    database.run(
      `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO runs (id, package, status, ${columns})
       SELECT substr(id, 1, 8) || printf('-%04x-7000-8000-%012x', i >> 16, i),
              iif(i % 3 = 0, 'shop', package), iif(i % 50 = 0, 3, status), ${columns}
       FROM n, (SELECT * FROM runs LIMIT 1)`,
      [from, Math.min(from + CHUNK - 1, count)],
    );
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  database.close();
}

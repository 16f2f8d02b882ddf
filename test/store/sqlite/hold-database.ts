/** Holds the database of a data folder for a moment, as a slow change of keys does: `bun hold-database.ts FOLDER`. */
import { Database } from "bun:sqlite";
import { join } from "node:path";

const [, , folder = ""] = process.argv;
const database = new Database(join(folder, "actiond.db"), { readwrite: true });
// The server may be writing something at its start.
database.run("PRAGMA busy_timeout = 5000");
database.run("BEGIN IMMEDIATE");
process.stdout.write("held\n");
setTimeout(() => {
  database.run("COMMIT");
  database.close();
}, 30);

/** The checkpoints' thread: copies what was committed into the database file, beside the event loop. Started by `checkpoints.ts`, imported by nobody. */
import { Database } from "bun:sqlite";
import type { Ask, Tell } from "./checkpoints.ts";

if (!Bun.isMainThread) {
  let database: Database | undefined;
  addEventListener("message", ({ data: ask }: MessageEvent<Ask>) => {
    try {
      switch (ask.kind) {
        case "open":
          database = new Database(ask.file, { readwrite: true });
          // A checkpoint that has to wait for another one is asked for again.
          database.run("PRAGMA busy_timeout = 0");
          database.run(`PRAGMA synchronous = ${ask.durability.toUpperCase()}`);
          // What does not work now will not work later.
          database.run("PRAGMA wal_checkpoint(PASSIVE)");
          tell({ kind: "ready" });
          break;
        case "checkpoint":
          database?.run("PRAGMA wal_checkpoint(PASSIVE)");
          tell({ kind: "done" });
          break;
        case "close":
          database?.close();
          tell({ kind: "closed" });
      }
    } catch (error) {
      tell({ kind: "failed", reason: (error as Error).message });
    }
  });
}

function tell(message: Tell): void {
  postMessage(message);
}

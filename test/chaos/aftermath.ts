/** What is left when the killing is over. */
import { Database } from "bun:sqlite";
import type { RunObject } from "../../src/http/runs/run-object.ts";
import type { TestServer } from "../server.ts";
import type { Memory } from "./client.ts";

type Asking = Pick<TestServer, "request">;

const PAGE = 1000;
const POLL_MS = 20;
const PATIENCE_MS = 30_000;

/**
 * Resolves when every run has ended and every receiver at these URLs was told what it is owed, or when that has taken
 * so long that it will not come: the oracle sees what is missing.
 */
export async function untilNothingIsLeft(
  server: Asking,
  urls: readonly string[],
): Promise<void> {
  const owed = urls.map(
    (url) => `/api/callbacks?state=pending&host=${new URL(url).host}`,
  );
  const deadline = Date.now() + PATIENCE_MS;
  for (const path of ["/api/runs?status=queued&status=running", ...owed])
    while ((await get<unknown[]>(server, path)).length > 0) {
      if (Date.now() > deadline) return;
      await Bun.sleep(POLL_MS);
    }
}

/** @returns every run, oldest first */
export async function listRuns(server: Asking): Promise<RunObject[]> {
  const runs: RunObject[] = [];
  let before = "";
  while (true) {
    const path = `/api/runs?limit=${PAGE}${before}`;
    const page = await get<RunObject[]>(server, path);
    runs.push(...page);
    const last = page.at(-1);
    if (last === undefined) return runs.toReversed();
    before = `&before=${last.numbered_id}`;
  }
}

/** Whether who knows no more than the request id finds a run that has ended. */
export async function isFound(
  server: Asking,
  requestId: string,
): Promise<boolean> {
  const path = `/api/runs/run-id-from-request-id/${requestId}`;
  const found = await get<{ run_id?: string }>(server, path);
  const run = await get<RunObject>(server, `/api/runs/${found.run_id}`);
  return run.request_id === requestId && run.finish_time !== null;
}

/** @returns what `PRAGMA integrity_check` finds in the file of a server that has ended */
export function findDamage(file: string): string[] {
  using database = new Database(file, { readonly: true });
  const rows = database.query("PRAGMA integrity_check").values().flat();
  return rows.filter((row) => row !== "ok").map(String);
}

export function count(memory: Memory, runs: readonly RunObject[]) {
  const { asked, seen, cancelled } = memory;
  return {
    requests: asked.length,
    runs: runs.length,
    interrupted: runs.filter(({ error }) => error?.code === "interrupted")
      .length,
    repeats: asked.filter(({ isReplayed }) => isReplayed).length,
    unanswered: asked.filter(({ told }) => told === "nothing").length,
    cancels: cancelled.length,
    lookUps: seen.length,
  };
}

async function get<Answer>(server: Asking, path: string): Promise<Answer> {
  const reply = await server.request(path);
  return (await reply.json()) as Answer;
}

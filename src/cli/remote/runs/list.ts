/** Lists runs, as many as are wanted, page by page. */
import type { ServerClient } from "../client.ts";
import { RUN_COLUMNS, type RunView } from "../run-view.ts";
import { toTable } from "../table.ts";

/** The largest page of the server. */
const PAGE_COUNT = 200;

export async function listRuns(
  wanted: {
    readonly status: readonly string[];
    readonly action: string | undefined;
    readonly limit: number;
    readonly json: boolean;
  },
  { client, write }: { client: ServerClient; write: (text: string) => void },
): Promise<void> {
  const query = new URLSearchParams(
    wanted.status.map((status): [string, string] => ["status", status]),
  );
  const [packageName, action] = wanted.action?.split("/") ?? [];
  if (packageName !== undefined) query.set("package", packageName);
  if (action !== undefined) query.set("action", action);
  query.set("limit", String(Math.min(wanted.limit, PAGE_COUNT)));
  const runs: RunView[] = [];
  let path: string | undefined = `/api/runs?${query.toString()}`;
  while (path !== undefined && runs.length < wanted.limit) {
    const reply = await client.get(path);
    runs.push(...((await reply.json()) as RunView[]));
    path = findNext(reply.headers.get("link"));
  }
  const found = runs.slice(0, wanted.limit);
  if (wanted.json) write(`${JSON.stringify(found, null, 2)}\n`);
  else write(toTable(RUN_COLUMNS, found));
  if (!wanted.json && path !== undefined)
    write(`There are more: add --limit ${wanted.limit * 10}.\n`);
}

/** @returns the path of the next page: https://www.rfc-editor.org/rfc/rfc8288 */
function findNext(link: string | null): string | undefined {
  const [, target] = /<([^>]+)>;\s*rel="next"/.exec(link ?? "") ?? [];
  if (target === undefined) return undefined;
  const { pathname, search } = new URL(target, "http://server");
  return `${pathname}${search}`;
}

/** The servers of scenarios, and what they say to them. */
import { afterEach, beforeAll } from "bun:test";
import type { Start, TestServer } from "../server.ts";
import { expectDeclared } from "../http/declared.ts";
import { untilIdle } from "./idle.ts";
import { sendLines } from "./raw-request.ts";

export const RUN_ID = "x-action-server-run-id";
export const DETACH = { "x-actions-async-timeout": "0" };
/** Options of a server whose requests have little time and room. */
export const SMALL_REQUESTS = [
  "--request-timeout=200ms",
  "--max-header-bytes=2KB",
];

export interface Scene extends Pick<TestServer, "request" | "run"> {
  /** The data folder of its server. */
  data(): string;
  /** How many processes its server is: each has its slots, and its part of some limits. */
  replicaCount(): number;
  /** The body of a reply. */
  json(path: string, method?: string): Promise<any>;
  /** Runs an action of the fixtures in the background. @returns the id of the run */
  begin(
    action: string,
    input?: unknown,
    headers?: Record<string, string>,
  ): Promise<string>;
  cancel(id: string): Promise<string>;
  /** Resolves with the id of the run that carries this request id, as soon as there is one. */
  find(requestId: string): Promise<string>;
  /** Where it is, once it has started. */
  url(): string;
  /** Begins a run of an action for each slot, where each process has so many. @returns their ids, once all run */
  fill(slots: number, action: string, input?: unknown): Promise<string[]>;
  /** Resolves when a run has come to this state. */
  until(id: string, state: string): Promise<void>;
  /** Resolves when each process has counted that so many runs are queued. */
  untilQueued(count: number): Promise<void>;
  /** How many runs there have been. */
  runCount(): Promise<number>;
  /** See `sendLines`. */
  sendLines(lines: readonly string[], body?: string): Promise<string>;
}

/** By kind of server, then by options: scenarios with the same options meet the same server. */
const servers = new Map<Start, Map<string, Promise<TestServer>>>();

function findServer(
  start: Start,
  options: readonly string[],
  environment: Record<string, string>,
): Promise<TestServer> {
  const started = servers.getOrInsertComputed(start, () => new Map());
  return started.getOrInsertComputed(
    JSON.stringify([options, environment]),
    () => start({ options, environment }),
  );
}

/** Ends all servers of a kind, after the last of their scenarios. */
export async function closeScenes(start: Start): Promise<void> {
  const started = servers.get(start);
  servers.delete(start);
  for (const server of started?.values() ?? [])
    await (await server)[Symbol.asyncDispose]();
}

/**
 * Every reply is one that its operation declares. Every test meets the server idle: what one has begun has ended before the next.
 *
 * @param options more of the command line
 */
export function openScene(
  start: Start,
  options: readonly string[],
  environment: Record<string, string> = {},
): Scene {
  let server: TestServer;
  beforeAll(async () => {
    server = await findServer(start, options, environment);
  });
  afterEach(() => untilIdle(server));
  const request: Scene["request"] = async (path, init) => {
    const reply = await server.request(path, init);
    await expectDeclared(init?.method ?? "GET", path, reply);
    return reply;
  };
  const run: Scene["run"] = async (action, ...sent) => {
    const reply = await server.run(action, ...sent);
    await expectDeclared("POST", `/api/actions/probe/${action}/run`, reply);
    return reply;
  };
  const json: Scene["json"] = async (path, method = "GET") =>
    (await request(path, { method })).json();
  const begin: Scene["begin"] = async (action, input = {}, headers = {}) =>
    idOf(await run(action, input, { ...DETACH, ...headers }));
  const until: Scene["until"] = async (id, state) => {
    while ((await json(`/api/runs/${id}`)).state !== state);
  };
  return {
    request,
    run,
    json,
    begin,
    cancel: (id) => json(`/api/runs/${id}/cancel`, "POST"),
    async find(requestId) {
      const path = `/api/runs/run-id-from-request-id/${requestId}`;
      let reply = await request(path);
      while (reply.status === 404) reply = await request(path);
      return ((await reply.json()) as { run_id: string }).run_id;
    },
    url: () => server.url,
    data: () => server.data,
    replicaCount: () => server.replicaCount,
    async fill(slots, action, input = {}) {
      const count = slots * server.replicaCount;
      const begun = Array.from({ length: count }, () => begin(action, input));
      const ids = await Promise.all(begun);
      for (const id of ids) await until(id, "running");
      return ids;
    },
    until,
    async untilQueued(count) {
      const { replicaCount } = server;
      for (let inARow = 0; inARow < replicaCount;) {
        const { queued } = (await json("/api/server")).runs;
        inARow = queued === count ? inARow + 1 : 0;
      }
    },
    async runCount() {
      const [newest] = await json("/api/runs?limit=1");
      return newest?.numbered_id ?? 0;
    },
    sendLines: (lines, body) => sendLines(server.url, lines, body),
  };
}

export function idOf(reply: Response): string {
  return reply.headers.get(RUN_ID) ?? "";
}

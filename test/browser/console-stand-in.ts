/** Stands between the page and a server for what that server does not have: the page itself, live streams, logs and numbers. */
import page from "../../src/console/page.html";
import { ConsolePage } from "../../src/http/console/console.ts";
import { answerPage } from "../console/answer-page.ts";

const PAGE = /^\/(?:$|console\/|runs(?:\/|$)|actions\/|callbacks$|server$)/;
const POLL_MS = 100;

interface Run {
  readonly id: string;
  readonly state: string;
  readonly run_time: number | null;
}

/** What a test may change while the page is open. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  /** Every connection breaks until it is called with true. */
  setReachable(isReachable: boolean): Promise<void>;
}

export async function openStandIn(
  target: string,
  answers: Readonly<Record<string, unknown>> = {},
): Promise<StandIn> {
  const console = new ConsolePage(page);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    if (request.method === "GET" && PAGE.test(pathname))
      return await answerPage(console, request);
    const path = `${pathname}${search}`;
    const headers = new Headers(request.headers);
    // It would name the stand-in.
    headers.delete("origin");
    const ask = (asked: string) => fetch(`${target}${asked}`, { headers });
    if (pathname.endsWith("/events")) return stream(pathname, ask);
    const said =
      answers[`${request.method} ${pathname}`] ?? aboutRun(pathname, answers);
    if (said !== undefined) {
      const allowed = await ask("/api/runs?limit=1");
      return allowed.ok ? toReply(said) : allowed;
    }
    return fetch(`${target}${path}`, {
      method: request.method,
      headers,
      body: await request.arrayBuffer(),
      redirect: "manual",
      decompress: false,
    });
  };
  const start = (port: number) =>
    Bun.serve({ port, hostname: "127.0.0.1", idleTimeout: 0, fetch: answer });
  let server: ReturnType<typeof start> | undefined = start(0);
  const { port } = server;
  return {
    url: `http://127.0.0.1:${port}`,
    async setReachable(isReachable) {
      await server?.stop(true);
      server = isReachable ? start(port as number) : undefined;
    },
    async [Symbol.asyncDispose]() {
      await server?.stop(true);
    },
  };
}

/** Every run is said to have the same log and the same artifacts. */
function aboutRun(
  pathname: string,
  answers: Readonly<Record<string, unknown>>,
): unknown {
  const [, part] =
    /^\/api\/runs\/[^/]+\/(logs|artifacts)$/.exec(pathname) ?? [];
  return part === undefined ? undefined : answers[part];
}

function toReply(answer: unknown): Response {
  return typeof answer === "string"
    ? new Response(answer, {
        headers: { "content-type": "application/x-ndjson" },
      })
    : Response.json(answer);
}

/** Says what has changed since it looked the last time. */
async function stream(
  pathname: string,
  ask: (path: string) => Promise<Response>,
): Promise<Response> {
  const path =
    pathname === "/api/events"
      ? "/api/runs?limit=20"
      : pathname.slice(0, -"/events".length);
  const first = await ask(path);
  if (!first.ok) return first;
  const known = new Map<string, string>();
  let timer: ReturnType<typeof setInterval>;
  let id = 0;
  const body = new ReadableStream<string>({
    start(controller) {
      controller.enqueue(": hello\n\n");
      timer = setInterval(() => {
        void look(controller);
      }, POLL_MS);
    },
    cancel() {
      clearInterval(timer);
    },
  });
  const say = (
    controller: ReadableStreamDefaultController<string>,
    name: string,
    runId: string,
  ) => {
    const data = { run_id: runId, time: new Date().toISOString() };
    try {
      controller.enqueue(
        `id: ${++id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
      );
    } catch {
      clearInterval(timer);
    }
  };
  const look = async (controller: ReadableStreamDefaultController<string>) => {
    const found = await ask(path).then(
      (response) => response.json() as Promise<Run | Run[]>,
      () => [],
    );
    for (const run of [found].flat()) {
      if (known.get(run.id) === run.state) continue;
      known.set(run.id, run.state);
      const name = EVENTS[run.state] ?? "finished";
      say(controller, name, run.id);
      if (name !== "finished" || pathname === "/api/events") continue;
      if ((await ask(`${path}/callback`)).ok) say(controller, "owed", run.id);
    }
  };
  return new Response(body.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream" },
  });
}

const EVENTS: Readonly<Record<string, string>> = {
  queued: "accepted",
  running: "started",
};

/** Clients hear that a list has changed, and that a run to which they have subscribed has. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ANYONE, type Caller } from "../../src/access/caller.ts";
import type { CatalogEntry } from "../../src/catalog/catalog-entry.ts";
import type { LoadedCatalog } from "../../src/catalog/catalog.ts";
import { LiveCatalog } from "../../src/catalog/live-catalog.ts";
import { McpDoor } from "../../src/mcp/door.ts";
import { openStage } from "../run/stage.ts";
import { silentLog } from "../silent-log.ts";
import { connect, type Connected, ERAS, type Era } from "./connect.ts";

function toCatalog(entry?: CatalogEntry): LoadedCatalog {
  return {
    find: () => entry,
    list: () => (entry === undefined ? [] : [entry]),
    version: "1",
    notices: [],
    [Symbol.dispose]: () => {},
  };
}

let stage: ReturnType<typeof openStage>;
let catalog: LiveCatalog;
let door: McpDoor;
let server: Bun.Server<undefined>;
/** Whose requests they are. */
let caller: Caller;

beforeEach(() => {
  stage = openStage();
  caller = ANYONE;
  catalog = new LiveCatalog(toCatalog(stage.entry));
  door = new McpDoor({
    ...stage,
    store: stage.runs,
    catalog,
    log: silentLog,
    keepRunsMs: Infinity,
    version: "1.2.3",
  });
  server = Bun.serve({
    port: 0,
    fetch: async (request) =>
      door.fetch(request, {
        caller,
        body: request.method === "POST" ? await request.json() : undefined,
      }),
  });
});
afterEach(async () => {
  await door[Symbol.asyncDispose]();
  await server.stop(true);
  stage[Symbol.dispose]();
});

/** A client of 2025 opens its stream for news when it likes, and misses what comes before. */
async function repeat(
  change: () => void,
  heard: Promise<unknown>,
): Promise<void> {
  const timer = setInterval(change, 5);
  await heard;
  clearInterval(timer);
}

/** Resolves with the URI of the first resource that the client is told has changed. */
function untilUpdated({ client }: Connected): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => {
      resolve(params.uri);
    },
  );
  return promise;
}

async function subscribe({ client }: Connected, era: Era, uri: string) {
  if (era === "legacy") await client.subscribeResource({ uri });
  else await client.listen({ resourceSubscriptions: [uri] });
}

describe.each(ERAS)("a client whose era is %s", (era) => {
  test("hears that the tools have changed", async () => {
    const { promise: heard, resolve } = Promise.withResolvers<unknown>();
    await using _ = await connect(server.url.href, era, {
      listChanged: {
        tools: {
          debounceMs: 0,
          onChanged(_error, tools) {
            resolve(tools);
          },
        },
      },
    });
    await repeat(() => {
      catalog.replace(toCatalog());
    }, heard);
    expect(await heard).toEqual([]);
  });

  test("hears that a run to which it has subscribed has ended", async () => {
    await using connection = await connect(server.url.href, era);
    const { run } = await stage.accept();
    await run.recorded;
    const uri = `actiond://runs/${run.id}`;
    await subscribe(connection, era, uri);
    const heard = untilUpdated(connection);
    const [call] = stage.calls;
    call?.end("done");
    // What the run itself publishes once may come before the stream of a client of 2025.
    await repeat(() => {
      stage.events.publish(run, { kind: "started", attempt: 1 });
    }, heard);
    expect(await heard).toBe(uri);
  });
});

test("a client of 2026 hears nothing of a run that its key does not see", async () => {
  caller = { ...ANYONE, keyId: "key_1", scopes: ["run", "read"] };
  await using connection = await connect(server.url.href, "auto");
  const { run: other } = await stage.accept();
  const { run: own } = await stage.accept({ caller });
  const uris = [other, own].map(({ id }) => `actiond://runs/${id}`);
  await connection.client.listen({ resourceSubscriptions: uris });
  const heard = untilUpdated(connection);
  stage.calls[0]?.end("other");
  stage.events.publish(other, { kind: "started", attempt: 1 });
  stage.events.publish(own, { kind: "started", attempt: 1 });
  expect(await heard).toBe(`actiond://runs/${own.id}`);
  stage.calls[1]?.end("own");
});

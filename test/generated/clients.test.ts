/** Clients that others' generators make of the document: their types are right, and they call. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@hey-api/openapi-ts";
import openapiTypescript, { astToString } from "openapi-typescript";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";

/** Generating and checking types takes seconds on a busy machine. */
const PATIENCE_MS = 60_000;

const folder = makeTemporaryFolder();
let server: TestServer;
let document: string;
beforeAll(async () => {
  server = await startInProcess({ actions: join(import.meta.dir, "actions") });
  document = await (await server.request("/openapi.json?full")).text();
  const modules = join(import.meta.dir, "..", "..", "node_modules");
  symlinkSync(modules, join(folder, "node_modules"));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: "ESNext",
        module: "Preserve",
        moduleResolution: "bundler",
        allowImportingTsExtensions: true,
        lib: ["ESNext", "DOM", "DOM.Iterable"],
        types: ["bun-types"],
      },
      include: ["."],
    }),
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** @returns what the program prints that uses the client, once its types are checked */
async function use(name: string, program: string): Promise<unknown> {
  writeFileSync(join(folder, `${name}.ts`), program);
  const check = Bun.spawnSync([process.execPath, "check"], { cwd: folder });
  expect(check.stdout.toString() + check.stderr.toString()).toContain(
    "No type errors",
  );
  const run = Bun.spawn([process.execPath, `${name}.ts`, server.url], {
    cwd: folder,
    stderr: "inherit",
  });
  return JSON.parse(await run.stdout.text());
}

const SEEN = {
  sum: { total: 3 },
  tree: { name: "a", children: [{ name: "b", children: [] }] },
  distance: 5,
  color: "red",
  refused: 422,
  detached: "async-return",
  lookedUp: 1,
  cancelled: "cancelled",
  state: "cancelled",
  late: 7,
};

test(
  "a client of openapi-typescript calls, looks up, cancels and gets results",
  async () => {
    const types = await openapiTypescript(document);
    writeFileSync(join(folder, "types.d.ts"), astToString(types));
    const seen = await use(
      "use-types",
      `import createClient from "openapi-fetch";
import type { paths } from "./types.d.ts";
const api = createClient<paths>({ baseUrl: process.argv[2] as string });
const runs = "/api/actions/hard/wait/run";
const header = { "x-actions-async-timeout": "0" };
const count = await api.POST("/api/actions/hard/count/run", { body: { a: 1, b: 2 } });
const tree = await api.POST("/api/actions/hard/copy-tree/run", {
  body: { name: "a", children: [{ name: "b", children: [] }] },
});
const distance = await api.POST("/api/actions/hard/distance/run", { body: { at: [3, 4] } });
const color = await api.POST("/api/actions/hard/color/run", {});
const refused = await api.POST("/api/actions/hard/greet/run", { body: { name: "1" } });
const problem: number | undefined = refused.error?.status;
const long = await api.POST(runs, { params: { header }, body: { seconds: 50 } });
const id = long.response.headers.get("x-action-server-run-id") as string;
const path = { id };
const run = await api.GET("/api/runs/{id}", { params: { path } });
const status: number | undefined = run.data?.status;
const cancel = await api.POST("/api/runs/{id}/cancel", { params: { path } });
const ended = await api.GET("/api/runs/{id}", { params: { path } });
const state: "queued" | "running" | "passed" | "failed" | "cancelled" | undefined = ended.data?.state;
const short = await api.POST(runs, { params: { header }, body: { seconds: 0.01 } });
const late = await api.GET("/api/runs/{id}/result", {
  params: {
    path: { id: short.response.headers.get("x-action-server-run-id") as string },
    query: { wait: 20 },
  },
});
console.log(JSON.stringify({
  sum: count.data, tree: tree.data, distance: distance.data, color: color.data, refused: problem,
  detached: long.data, lookedUp: status, cancelled: cancel.data, state, late: late.data,
}));
`,
    );
    expect(seen).toEqual(SEEN);
  },
  PATIENCE_MS,
);

test(
  "a client of @hey-api/openapi-ts calls, looks up, cancels and gets results",
  async () => {
    await createClient({
      input: JSON.parse(document) as object,
      output: join(folder, "hey"),
      logs: { level: "silent" },
    } as unknown as Parameters<typeof createClient>[0]);
    const seen = await use(
      "use-hey",
      `import { client } from "./hey/client.gen";
import * as api from "./hey/sdk.gen";
client.setConfig({ baseUrl: process.argv[2] as string });
const headers = { "x-actions-async-timeout": "0" };
const count = await api.count({ body: { a: 1, b: 2 } });
const tree = await api.copyTree({ body: { name: "a", children: [{ name: "b", children: [] }] } });
const distance = await api.distance({ body: { at: [3, 4] } });
const color = await api.color();
const refused = await api.greet({ body: { name: "1" } });
const long = await api.wait({ headers, body: { seconds: 50 } });
const path = { id: long.response?.headers.get("x-action-server-run-id") as string };
const run = await api.getRun({ path });
const status: number | undefined = run.data?.status;
const cancel = await api.cancelRun({ path });
const ended = await api.getRun({ path });
const short = await api.wait({ headers, body: { seconds: 0.01 } });
const late = await api.getRunResult({
  path: { id: short.response?.headers.get("x-action-server-run-id") as string },
  query: { wait: 20 },
});
console.log(JSON.stringify({
  sum: count.data, tree: tree.data, distance: distance.data, color: color.data, refused: refused.response?.status,
  detached: long.data, lookedUp: status, cancelled: cancel.data, state: ended.data?.state, late: late.data,
}));
`,
    );
    expect(seen).toEqual(SEEN);
  },
  PATIENCE_MS,
);

/** The generated client runs wherever there is `fetch`: in Node, in pages of other origins, and in workers of both. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { launchBrowser } from "../browser/browser.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";
import { writeFixtureClient } from "./write.ts";

const EXERCISE = `
import { ActionFailedError, createClient } from "./client.mjs";
export async function exercise(url) {
  const { probe } = createClient({ url });
  const run = await probe.add.start({ a: 20, b: 1 });
  const events = [];
  for await (const { event } of run.events()) events.push(event);
  return {
    sum: await probe.add({ a: 40, b: 2 }),
    refusal: await probe.refuse().catch((error) => error instanceof ActionFailedError && error.code),
    lastEvent: events.at(-1),
    later: await probe.add.attach(run.id).wait(),
  };
}`;
const NODE = `
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { exercise } from "./exercise.mjs";
if (isMainThread) {
  const url = process.argv[2];
  const answers = [await exercise(url)];
  const worker = new Worker(new URL(import.meta.url), { workerData: url });
  worker.once("message", (answer) => console.log(JSON.stringify([...answers, answer])));
} else parentPort.postMessage(await exercise(workerData));`;
const WORKER = `
import { exercise } from "./exercise.mjs";
self.onmessage = async ({ data }) => self.postMessage(await exercise(data));`;
const PAGE = `<!doctype html><title>page</title><script type="module">
import { exercise } from "./exercise.mjs";
const ask = (url) => new Promise((resolve) => {
  const worker = new Worker("./worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(url);
});
window.exerciseBoth = async (url) => [await exercise(url), await ask(url)];
</script>`;
const DONE = {
  sum: 42,
  refusal: "out_of_stock",
  lastEvent: "finished",
  later: 21,
};

const folder = makeTemporaryFolder();
let pages: Bun.Server<undefined>;
let server: TestServer;
beforeAll(async () => {
  const source = await Bun.file(await writeFixtureClient()).text();
  const client = new Bun.Transpiler({ loader: "ts" }).transformSync(source);
  const files = {
    "client.mjs": client,
    "exercise.mjs": EXERCISE,
    "node.mjs": NODE,
    "worker.mjs": WORKER,
    "page.html": PAGE,
  };
  for (const [name, text] of Object.entries(files))
    await Bun.write(join(folder, name), text);
  pages = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) =>
      new Response(Bun.file(join(folder, new URL(url).pathname))),
  });
  server = await startInProcess({
    options: ["--cors-origin", pages.url.origin],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await pages.stop(true);
});

test.skipIf(Bun.which("node") === null)(
  "the generated client works in Node, and in a worker of Node",
  async () => {
    const child = Bun.spawn(["node", "node.mjs", server.url], { cwd: folder });
    expect(JSON.parse(await child.stdout.text())).toEqual([DONE, DONE]);
  },
);

test("the generated client works in a page of an origin that the server allows, and in a worker of the page", async () => {
  await using browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto(`${pages.url.origin}/page.html`);
  await page.waitForFunction("window.exerciseBoth !== undefined");
  const url = JSON.stringify(server.url);
  expect(await page.evaluate(`exerciseBoth(${url})`)).toEqual([DONE, DONE]);
}, 60_000);

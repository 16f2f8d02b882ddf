/** A receiver checks and reads the callbacks of the executable in one call. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readCallback } from "../../../src/webhook.ts";
import { writeFixtureClient } from "../../client/write.ts";
import { startExecutable, type TestServer } from "../../server.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

let server: TestServer;
let receiver: Bun.Server<undefined>;
const waiting = new Map<string, (received: Received) => void>();
beforeAll(async () => {
  receiver = Bun.serve({
    port: 0,
    async fetch(request) {
      const headers = request.headers.toJSON() as Record<string, string>;
      const requestId = headers["x-actions-request-id"] ?? "";
      waiting.get(requestId)?.({ headers, body: await request.text() });
      return new Response();
    },
  });
  server = await startExecutable({
    environment: { ACTIOND_CALLBACK_SECRET: SECRET },
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await receiver.stop(true);
});

async function receive(action: string, input: unknown): Promise<Received> {
  const requestId = Bun.randomUUIDv7();
  const { promise, resolve } = Promise.withResolvers<Received>();
  waiting.set(requestId, resolve);
  await server.run(action, input, {
    "x-actions-async-timeout": "0",
    "x-actions-async-callback": receiver.url.href,
    "x-actions-request-id": requestId,
  });
  return await promise;
}

const runId = expect.stringMatching(/^[\da-f-]{36}$/) as unknown as string;
const requestId = runId;

test("a callback says how its run ended", async () => {
  expect(await readCallback(await receive("add", { a: 1 }), SECRET)).toEqual({
    runId,
    requestId,
    status: "passed",
    result: 2,
  });
  expect(await readCallback(await receive("refuse", {}), SECRET)).toEqual({
    runId,
    requestId,
    status: "failed",
    error: {
      code: "out_of_stock",
      detail: "The shelf is empty.",
      retryable: false,
      data: { left: 0 },
    },
  });
});

test("a callback is read from a request, and any of several secrets may have signed it", async () => {
  const { headers, body } = await receive("noop", {});
  const request = new Request("http://localhost", {
    method: "POST",
    headers,
    body,
  });
  expect(await readCallback(request, [OTHER, SECRET])).toMatchObject({
    status: "passed",
    result: null,
  });
});

describe("a callback is refused", () => {
  test.each([
    ["with another secret", {}, OTHER, "signature"],
    ["with another body", { body: "4" }, SECRET, "signature"],
    [
      "without a signature",
      { headers: { "webhook-signature": "" } },
      SECRET,
      "signature",
    ],
    [
      "with a time that is long gone",
      { headers: { "webhook-timestamp": "1" } },
      SECRET,
      "too old",
    ],
    [
      "without a time",
      { headers: { "webhook-timestamp": "" } },
      SECRET,
      "too old",
    ],
  ])("%s", async (_, changes: Partial<Received>, secret, why) => {
    const received = await receive("add", { a: 1 });
    const changed = {
      body: changes.body ?? received.body,
      headers: { ...received.headers, ...changes.headers },
    };
    const reading = readCallback(changed, secret);
    expect(reading).rejects.toThrow(why);
    await reading.catch(() => undefined);
  });
});

test.skipIf(Bun.which("python3") === null)(
  "the client in Python reads callbacks as well",
  async () => {
    const file = await writeFixtureClient("python");
    const received = await receive("add", { a: 1 });
    const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
from fixture_client import InvalidCallbackError, read_callback
received = json.loads(sys.stdin.read())
headers, body = received["headers"], received["body"].encode()
outcome = read_callback(headers, body, sys.argv[2])
print(outcome.status, outcome.result)
for wrong in [(headers, b"4", sys.argv[2]), (headers, body, sys.argv[3]), ({**headers, "webhook-timestamp": "1"}, body, sys.argv[2])]:
    try:
        read_callback(*wrong)
    except InvalidCallbackError:
        print("refused")
try:
    read_callback(headers, body, "whsec_")
except ValueError:
    print("no secret")
`;
    const child = Bun.spawn(
      ["python3", "-B", "-c", program, join(file, ".."), SECRET, OTHER],
      { stdin: Buffer.from(JSON.stringify(received)), stdout: "pipe" },
    );
    expect(await child.stdout.text()).toBe(
      "passed 2\nrefused\nrefused\nrefused\nno secret\n",
    );
  },
);

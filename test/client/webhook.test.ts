/** What is read of a callback, and when it is refused, with signatures of the official library. */
import { describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { InvalidCallbackError, readCallback } from "../../src/webhook.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function sign(body: string, status: string, at = new Date()) {
  return {
    body,
    headers: {
      "x-action-server-run-id": "id",
      "x-action-server-run-status": status,
      "webhook-id": "id",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(SECRET).sign("id", at, body),
    },
  };
}

test("the result of a run that passed is read", async () => {
  expect(await readCallback(sign('{"a":1}', "passed"), SECRET)).toEqual({
    runId: "id",
    requestId: "",
    status: "passed",
    result: { a: 1 },
  });
});

test.each(["failed", "cancelled"] as const)(
  "the error of a run that is %s is read, from a request as well",
  async (status) => {
    const problem = { code: "c", detail: "d", retryable: true, type: "t" };
    const { headers, body } = sign(JSON.stringify(problem), status);
    const init = { method: "POST", headers, body };
    const request = new Request("http://localhost", init);
    expect(await readCallback(request, [SECRET])).toEqual({
      runId: "id",
      requestId: "",
      status,
      error: { code: "c", detail: "d", retryable: true },
    });
  },
);

describe("a callback is refused", () => {
  test.each([
    ["that is too old", sign("1", "passed", new Date(0)), SECRET],
    ["that is signed with another secret", sign("1", "passed"), "whsec_AAAA"],
    ["that does not say how its run ended", sign("1", "odd"), SECRET],
  ])("%s", async (_, received, secret) => {
    const reading = readCallback(received, secret);
    expect(reading).rejects.toBeInstanceOf(InvalidCallbackError);
    await reading.catch(() => undefined);
  });
});

test.each(["", "whsec_", "whsec_%"])(
  "%j is not taken for a secret, with which anybody could sign",
  async (secret) => {
    const reading = readCallback(sign("1", "passed"), secret);
    expect(reading).rejects.toBeInstanceOf(TypeError);
    await reading.catch(() => undefined);
  },
);

test("without a secret, no callback is genuine", async () => {
  const reading = readCallback(sign("1", "passed"), []);
  expect(reading).rejects.toBeInstanceOf(InvalidCallbackError);
  await reading.catch(() => undefined);
});

import { describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { ByteBudget } from "../../src/byte-budget.ts";
import type { DelivererParts } from "../../src/callback/deliver.ts";
import { createCallbackPolicy } from "../../src/callback/reach/policy.ts";
import { createSign } from "../../src/callback/signature.ts";
import type {
  Delivery,
  DeliveryState,
} from "../../src/run/delivery/delivery.ts";
import type { NewRun } from "../../src/run/store.ts";
import type { Outcome } from "../../src/run/run.ts";
import { startReceiver } from "./receiver.ts";
import { openDeliveryStage } from "./delivery-stage.ts";

const never = new Promise<never>(() => {});

/** Owes a callback to this URL and makes one attempt. */
async function attempt(
  url: string,
  {
    run = {},
    parts = {},
    now = 1000,
  }: {
    run?: Partial<NewRun> & { outcome?: Outcome };
    parts?: Partial<DelivererParts>;
    now?: number;
  } = {},
) {
  const stage = openDeliveryStage(parts);
  stage.clock.now = now;
  const { id } = await stage.owe(url, run);
  stage.startDeliverer();
  await stage.until(async () => (await stage.attemptCount(id)) === 1);
  return {
    id,
    delivery: (await stage.deliveries.find(id)) as Delivery,
    attempt: (await stage.deliveries.attempts(id))[0],
  };
}

/** A policy under which a name has these addresses. */
function named(name: string, ...addresses: string[]) {
  return createCallbackPolicy({
    allow: [name],
    allowPrivate: false,
    resolve: () => Promise.resolve(addresses),
  });
}

describe("what an attempt sends", () => {
  test("the body of a callback is the bare result and its headers name the run", async () => {
    await using receiver = startReceiver();
    const {
      id,
      delivery,
      attempt: made,
    } = await attempt(receiver.url, {
      run: {
        requestId: "mine",
        traceparent: "00-1-2-01",
        tracestate: "a=b",
      },
    });
    const [received] = receiver.received;
    expect(received?.body).toBe('{"a":1}');
    expect(Object.fromEntries(received?.headers ?? [])).toEqual({
      accept: "*/*",
      "accept-encoding": "identity",
      connection: "keep-alive",
      "content-length": "7",
      "content-type": "application/json",
      host: receiver.host,
      "user-agent": "actiond/1.2.3",
      "x-action-server-run-id": id,
      "x-action-server-run-status": "passed",
      "x-actions-request-id": "mine",
      "webhook-id": id,
      "webhook-timestamp": "1",
      traceparent: "00-1-2-01",
      tracestate: "a=b",
    });
    expect(delivery).toMatchObject({
      state: "delivered",
      nextAttemptAt: null,
      attemptCount: 1,
    });
    expect(made).toEqual({
      number: 1,
      at: 1000,
      httpStatus: 200,
      ms: expect.any(Number),
      error: null,
    });
  });

  test("the body of a callback is null when the result is null", async () => {
    await using receiver = startReceiver();
    await attempt(receiver.url, {
      run: { outcome: { status: "passed", result: "null" } },
    });
    expect(receiver.received[0]?.body).toBe("null");
  });

  test("the body of a callback is the problem when the run did not pass", async () => {
    await using receiver = startReceiver();
    const { id } = await attempt(receiver.url, {
      run: {
        outcome: {
          status: "failed",
          error: { kind: "action_failed", code: "no_stock", message: "None." },
        },
      },
    });
    const [received] = receiver.received;
    expect(received?.headers.get("x-action-server-run-status")).toBe("failed");
    expect(JSON.parse(received?.body ?? "")).toMatchObject({
      status: 500,
      code: "no_stock",
      detail: "None.",
      run_id: id,
    });
  });

  test("a stock verifier accepts a callback with any one of the secrets", async () => {
    const secrets = ["a", "b"].map(
      (letter) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`,
    );
    await using receiver = startReceiver();
    await attempt(receiver.url, {
      run: { outcome: { status: "passed", result: '"Grüße 🎉"' } },
      parts: { sign: createSign(secrets) },
      now: Date.now(),
    });
    const { body = "", headers = new Headers() } = receiver.received[0] ?? {};
    for (const secret of secrets)
      expect(
        new Webhook(secret).verify(body, Object.fromEntries(headers)),
      ).toBe("Grüße 🎉");
  });

  test("a large result is sent piece by piece, with its length and the signature of the whole", async () => {
    const secret = `whsec_${Buffer.from("a".repeat(32)).toString("base64")}`;
    // No piece ends where a character does.
    const text = "ü🎉".repeat(400_000);
    const budget = new ByteBudget({ maxBytes: 1e8, maxBytesPerKey: 1e8 });
    let heldBytes = 0;
    await using receiver = startReceiver(() => {
      heldBytes = budget.heldBytes;
      return new Response();
    });
    const { delivery } = await attempt(receiver.url, {
      run: { outcome: { status: "passed", result: JSON.stringify(text) } },
      parts: { sign: createSign([secret]), budget },
      now: Date.now(),
    });
    const { body = "", headers = new Headers() } = receiver.received[0] ?? {};
    expect(headers.get("content-length")).toBe(String(text.length * 2 + 2));
    expect(headers.has("transfer-encoding")).toBe(false);
    expect(
      new Webhook(secret).verify(body, Object.fromEntries(headers)) === text,
    ).toBe(true);
    expect(heldBytes).toBe(2 * 1024 ** 2);
    expect(delivery.state).toBe("delivered");
  });
});

describe("answers", () => {
  const answers: [string, Response, DeliveryState, string | null][] = [
    ["200", new Response("thanks"), "delivered", null],
    ["204", new Response(null, { status: 204 }), "delivered", null],
    ["299", new Response(null, { status: 299 }), "delivered", null],
    [
      "410",
      new Response("gone", { status: 410 }),
      "refused",
      "The receiver answered 410: gone",
    ],
    [
      "302 to a metadata service",
      Response.redirect("http://169.254.169.254/", 302),
      "pending",
      "The receiver answered 302: redirects are not followed.",
    ],
    [
      "404",
      new Response("no such page", { status: 404 }),
      "pending",
      "The receiver answered 404: no such page",
    ],
    [
      "500 without a word",
      new Response(null, { status: 500 }),
      "pending",
      "The receiver answered 500.",
    ],
    [
      "500 with a flood",
      new Response("x".repeat(10_000_000), { status: 500 }),
      "pending",
      `The receiver answered 500: ${"x".repeat(4096)}`,
    ],
    [
      "500 with a character cut in two",
      new Response(`${"x".repeat(4095)}é`, { status: 500 }),
      "pending",
      `The receiver answered 500: ${"x".repeat(4095)}`,
    ],
    [
      "500 with what moves a cursor",
      new Response("\u001B[2Jone\r\n\0two\n", { status: 500 }),
      "pending",
      "The receiver answered 500: [2Jone two",
    ],
  ];
  test.each(answers)(
    "the answer %s is recorded and decides what happens next",
    async (_, answer, state, error) => {
      await using receiver = startReceiver(() => answer);
      const { delivery, attempt: made } = await attempt(receiver.url);
      expect(delivery.state).toBe(state);
      expect(delivery.nextAttemptAt).toBe(state === "pending" ? 1100 : null);
      expect(made).toMatchObject({ httpStatus: answer.status, error });
      expect(receiver.received).toHaveLength(1);
    },
  );

  test.each([
    [429, "7"],
    [503, "Thu, 01 Jan 1970 00:00:08 GMT"],
  ])(
    "an answer of %d with retry-after %p is obeyed",
    async (status, retryAfter) => {
      const headers = { "retry-after": retryAfter };
      await using receiver = startReceiver(
        () => new Response(null, { status, headers }),
      );
      const { delivery } = await attempt(receiver.url);
      expect(delivery).toMatchObject({ state: "pending", nextAttemptAt: 8000 });
    },
  );

  test("a compressed answer is not decompressed", async () => {
    await using receiver = startReceiver(
      () =>
        new Response(Bun.gzipSync("x".repeat(1_000_000)), {
          status: 500,
          headers: { "content-encoding": "gzip" },
        }),
    );
    const { attempt: made } = await attempt(receiver.url);
    expect(made?.error).not.toContain("xx");
  });

  test("an answer counts by its status even if its body never ends", async () => {
    await using receiver = startReceiver(
      () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              controller.enqueue("thanks");
              await never;
            },
          }),
        ),
    );
    const { delivery, attempt: made } = await attempt(receiver.url, {
      parts: { timeoutMs: 1000 },
    });
    expect(delivery.state).toBe("delivered");
    expect(made).toMatchObject({ httpStatus: 200, error: null });
  });
});

describe("missing answers", () => {
  const late = "The receiver did not answer within 20 ms.";

  test("an attempt fails when no answer comes in time", async () => {
    await using receiver = startReceiver(() => never);
    const { delivery, attempt: made } = await attempt(receiver.url, {
      parts: { timeoutMs: 20 },
    });
    expect(made).toMatchObject({ httpStatus: null, error: late });
    expect(delivery).toMatchObject({ state: "pending", nextAttemptAt: 1100 });
  });

  test("an attempt fails when the name service does not answer in time", async () => {
    const policy = createCallbackPolicy({
      allow: [],
      allowPrivate: true,
      resolve: () => never,
    });
    const { attempt: made } = await attempt("http://slow.test/", {
      parts: { policy, timeoutMs: 20 },
    });
    expect(made).toMatchObject({ httpStatus: null, error: late });
  });

  test("the error of a refused connection leaves out the advice that fetch adds", async () => {
    const { attempt: made } = await attempt("http://127.0.0.1:1/");
    expect(made?.error).toStartWith("The receiver cannot be reached: ");
    expect(made?.error).not.toContain("verbose");
  });

  test("the error says that the connection broke", async () => {
    using broken = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.end();
        },
      },
    });
    const { attempt: made } = await attempt(`http://127.0.0.1:${broken.port}/`);
    expect(made?.error).toStartWith("The receiver cannot be reached: ");
    expect(made?.error).not.toContain("verbose");
  });
});

describe("where an attempt goes", () => {
  test("no attempt goes to a name that now has a private address", async () => {
    await using receiver = startReceiver();
    const { delivery, attempt: made } = await attempt(
      `http://rebound.test:${receiver.port}/`,
      { parts: { policy: named("other.test", "127.0.0.1") } },
    );
    expect(made?.error).toBe(
      `A callback may not go to rebound.test:${receiver.port}, which is not a public address. The server's operator can allow it with --callback-allow.`,
    );
    expect(delivery.state).toBe("pending");
    expect(receiver.received).toHaveLength(0);
  });

  test("an attempt goes to the address that was checked even if the name has another by then", async () => {
    await using checked = startReceiver();
    const answers = [["127.0.0.1"], ["127.0.0.2"]];
    const policy = createCallbackPolicy({
      allow: ["named.test"],
      allowPrivate: false,
      resolve: () => Promise.resolve(answers.shift() ?? []),
    });
    await attempt(`http://named.test:${checked.port}/path?q=1`, {
      parts: { policy },
    });
    expect(answers).toEqual([["127.0.0.2"]]);
    expect(checked.received[0]?.url).toBe(
      `http://named.test:${checked.port}/path?q=1`,
    );
  });

  test("an attempt goes to an IPv6 address under its name", async () => {
    await using receiver = startReceiver(undefined, { hostname: "::1" });
    const { delivery } = await attempt(`http://six.test:${receiver.port}/`, {
      parts: { policy: named("six.test", "::1") },
    });
    expect(delivery.state).toBe("delivered");
    expect(receiver.received[0]?.headers.get("host")).toBe(
      `six.test:${receiver.port}`,
    );
  });

  test("an attempt goes to an IPv6 address that has no name", async () => {
    await using receiver = startReceiver(undefined, { hostname: "::1" });
    const { delivery } = await attempt(receiver.url);
    expect(delivery.state).toBe("delivered");
    expect(receiver.received[0]?.headers.get("host")).toBe(receiver.host);
  });

  test("an attempt ignores the proxy of the environment", async () => {
    await using proxy = startReceiver();
    await using receiver = startReceiver();
    const { HTTP_PROXY } = process.env;
    process.env["HTTP_PROXY"] = `http://${proxy.host}`;
    try {
      await attempt(receiver.url);
    } finally {
      if (HTTP_PROXY === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = HTTP_PROXY;
    }
    expect(proxy.received).toHaveLength(0);
    expect(receiver.received).toHaveLength(1);
  });
});

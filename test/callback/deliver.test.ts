import { afterEach, describe, expect, test } from "bun:test";
import { Deliverer, type DelivererParts } from "../../src/callback/deliver.ts";
import { createCallbackPolicy } from "../../src/callback/policy.ts";
import { createSign } from "../../src/callback/signature.ts";
import { toCallbackBody } from "../../src/http/problem.ts";
import type { DeliveryState } from "../../src/run/delivery.ts";
import type { NewRun, Outcome } from "../../src/run/run.ts";
import { silent } from "../run/stage.ts";
import { makeRun, openTemporaryStore } from "../store/temporary-store.ts";
import { startReceiver } from "./receiver.ts";

const passed: Outcome = { status: "passed", result: '{"a":1}' };
const stacks: AsyncDisposableStack[] = [];

afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

/** A store, a deliverer whose clock stands at `clock.now`, and what became of each delivery. */
function open(options: Partial<DelivererParts> = {}) {
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  const kept = stack.use(openTemporaryStore());
  const clock = { now: 1000 };
  const recorded: (() => void)[] = [];
  const deliveries = {
    ...kept.deliveries,
    async recordAttempt(
      ...attempt: Parameters<typeof kept.deliveries.recordAttempt>
    ) {
      await kept.deliveries.recordAttempt(...attempt);
      for (const wake of recorded.splice(0)) wake();
    },
  };
  const start = () => {
    const deliverer = stack.use(
      new Deliverer({
        deliveries,
        runs: kept.runs,
        policy: createCallbackPolicy({ allow: [], allowPrivate: true }),
        sign: createSign([]),
        retryMs: [100, 200],
        timeoutMs: 5000,
        version: "1.2.3",
        toBody: toCallbackBody,
        log: silent,
        now: () => clock.now,
        random: () => 1,
        ...options,
      }),
    );
    deliverer.start();
    return deliverer;
  };
  return {
    ...kept,
    clock,
    start,
    use: <Value extends AsyncDisposable>(value: Value) => stack.use(value),
    /** Makes a run that ended and owes its outcome to this URL. */
    async owe(
      url: string,
      {
        outcome = passed,
        ...run
      }: Partial<NewRun> & { outcome?: Outcome } = {},
    ) {
      const owing = makeRun({ callbackUrl: url, detached: true, ...run });
      void kept.runs.insert(owing);
      const { owedTo = "" } = await kept.runs.finish(owing, outcome, {
        at: 1000,
        runMs: 1,
      });
      return { id: owing.id, host: owedTo };
    },
    /** Resolves when the next attempt is recorded. */
    recordedAttempt: () =>
      new Promise<void>((resolve) => {
        recorded.push(resolve);
      }),
  };
}

describe("one attempt", () => {
  test("carries the bare result and says whose it is", async () => {
    const stage = open();
    const receiver = stage.use(startReceiver(() => new Response("thanks")));
    const { id, host } = await stage.owe(receiver.url, {
      requestId: "mine",
      traceparent: "00-1-2-01",
      tracestate: "a=b",
    });
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    const [received] = receiver.received;
    expect(received?.body).toBe('{"a":1}');
    expect(Object.fromEntries(received?.headers ?? [])).toMatchObject({
      "content-type": "application/json",
      host: receiver.host,
      "user-agent": "actiond/1.2.3",
      "x-action-server-run-id": id,
      "x-action-server-run-status": "passed",
      "x-actions-request-id": "mine",
      "webhook-id": id,
      traceparent: "00-1-2-01",
      tracestate: "a=b",
    });
    expect(received?.headers.has("webhook-signature")).toBe(false);
    expect(received?.headers.has("authorization")).toBe(false);
    expect(stage.deliveries.find(id)).toMatchObject({
      state: "delivered",
      nextAttemptAt: null,
      attemptCount: 1,
    });
    expect(stage.deliveries.attempts(id)).toEqual([
      {
        number: 1,
        at: 1000,
        httpStatus: 200,
        ms: expect.any(Number),
        error: null,
      },
    ]);
  });

  test("carries the problem of a run that did not pass", async () => {
    const stage = open();
    const receiver = stage.use(startReceiver(() => new Response()));
    const { id, host } = await stage.owe(receiver.url, {
      outcome: {
        status: "failed",
        error: { kind: "action_failed", code: "no_stock", message: "None." },
      },
    });
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    expect(
      receiver.received[0]?.headers.get("x-action-server-run-status"),
    ).toBe("failed");
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
      status: 500,
      code: "no_stock",
      detail: "None.",
      run_id: id,
    });
  });

  const answers: [string, () => Response, DeliveryState, string | null][] = [
    ["204", () => new Response(null, { status: 204 }), "delivered", null],
    [
      "410",
      () => new Response("gone", { status: 410 }),
      "refused",
      "The receiver answered 410: gone",
    ],
    [
      "302 to another place",
      () =>
        new Response(null, {
          status: 302,
          headers: { location: "http://169.254.169.254/" },
        }),
      "pending",
      "The receiver answered 302: redirects are not followed.",
    ],
    [
      "500 without a word",
      () => new Response(null, { status: 500 }),
      "pending",
      "The receiver answered 500.",
    ],
    [
      "500 with a flood",
      () => new Response("x".repeat(10_000_000), { status: 500 }),
      "pending",
      `The receiver answered 500: ${"x".repeat(4096)}`,
    ],
  ];
  test.each(answers)("answered with %s", async (_, answer, state, error) => {
    const stage = open();
    const receiver = stage.use(startReceiver(answer));
    const { id, host } = await stage.owe(receiver.url);
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    expect(stage.deliveries.find(id)?.state).toBe(state);
    expect(stage.deliveries.attempts(id)[0]?.error).toBe(error);
    expect(receiver.received).toHaveLength(1);
  });

  test("without an answer in time is given up", async () => {
    const stage = open({ timeoutMs: 20 });
    const { promise, resolve } = Promise.withResolvers<Response>();
    const receiver = stage.use(startReceiver(() => promise));
    const { id, host } = await stage.owe(receiver.url);
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    resolve(new Response());
    expect(stage.deliveries.attempts(id)[0]).toMatchObject({
      httpStatus: null,
      error: "The receiver did not answer within 20 ms.",
    });
    expect(stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      nextAttemptAt: 1100,
    });
  });

  test("to nobody is tried again, and dead when the schedule is at its end", async () => {
    const stage = open();
    const { id, host } = await stage.owe("http://127.0.0.1:1/");
    const deliverer = stage.start();
    for (const state of ["pending", "pending", "dead"] as const) {
      const attempt = stage.recordedAttempt();
      deliverer.wake(host);
      await attempt;
      expect(stage.deliveries.find(id)?.state).toBe(state);
      stage.clock.now += 1000;
    }
    expect(stage.deliveries.attempts(id)).toHaveLength(3);
    expect(await stage.deliveries.redeliverDead(host, stage.clock.now)).toBe(1);
    const attempt = stage.recordedAttempt();
    deliverer.wake(host);
    await attempt;
    expect(stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      attemptCount: 1,
    });
    expect(stage.deliveries.attempts(id).at(-1)?.number).toBe(4);
  });

  test("to a name that has become a private one does not connect", async () => {
    const addresses = ["127.0.0.1"];
    const stage = open({
      policy: createCallbackPolicy({
        allow: [],
        allowPrivate: false,
        resolve: () => Promise.resolve(addresses),
      }),
    });
    const receiver = stage.use(startReceiver(() => new Response()));
    const port = receiver.host.split(":")[1];
    const { id, host } = await stage.owe(`http://rebound.test:${port}/`);
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    expect(stage.deliveries.attempts(id)[0]?.error).toContain(
      "127.0.0.1 is no public address (loopback)",
    );
    expect(receiver.received).toHaveLength(0);
  });

  test("to a name goes to the address that was checked, under that name", async () => {
    const stage = open({
      policy: createCallbackPolicy({
        allow: ["named.test"],
        allowPrivate: false,
        resolve: () => Promise.resolve(["127.0.0.1"]),
      }),
    });
    const receiver = stage.use(startReceiver(() => new Response()));
    const port = receiver.host.split(":")[1];
    const { host } = await stage.owe(`http://named.test:${port}/path?q=1`);
    const attempt = stage.recordedAttempt();
    stage.start().wake(host);
    await attempt;
    expect(receiver.received[0]?.headers.get("host")).toBe(
      `named.test:${port}`,
    );
    expect(receiver.received[0]?.url).toEndWith("/path?q=1");
  });

  test("goes past the proxy of the environment", async () => {
    const stage = open();
    const proxy = stage.use(startReceiver(() => new Response()));
    const receiver = stage.use(startReceiver(() => new Response()));
    const { host } = await stage.owe(receiver.url);
    const { HTTP_PROXY } = process.env;
    process.env["HTTP_PROXY"] = `http://${proxy.host}`;
    try {
      const attempt = stage.recordedAttempt();
      stage.start().wake(host);
      await attempt;
    } finally {
      if (HTTP_PROXY === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = HTTP_PROXY;
    }
    expect(proxy.received).toHaveLength(0);
    expect(receiver.received).toHaveLength(1);
  });
});

describe("between receivers", () => {
  test("at most four attempts at once go to one host, and one that hangs delays no other", async () => {
    const stage = open();
    const { promise, resolve } = Promise.withResolvers<Response>();
    const hanging = stage.use(startReceiver(() => promise));
    const healthy = stage.use(startReceiver(() => new Response()));
    for (let count = 0; count < 10; count += 1) await stage.owe(hanging.url);
    const { id } = await stage.owe(healthy.url);
    const attempt = stage.recordedAttempt();
    stage.start();
    await attempt;
    expect(stage.deliveries.find(id)?.state).toBe("delivered");
    expect(hanging.received.length).toBeLessThanOrEqual(4);
    resolve(new Response());
    while (hanging.received.length < 10) await stage.recordedAttempt();
  });

  test("ten thousand owed to a dead host leave the others alone", async () => {
    const stage = open();
    const owed = Array.from({ length: 10_000 }, () =>
      stage.owe("http://127.0.0.1:1/"),
    );
    await Promise.all(owed);
    const healthy = stage.use(startReceiver(() => new Response()));
    stage.start();
    const arrives = healthy.next();
    const { host } = await stage.owe(healthy.url);
    stage.start().wake(host);
    await arrives;
    expect(stage.deliveries.pendingHosts().map((row) => row.host)).toContain(
      "127.0.0.1:1",
    );
  });
});

describe("over time", () => {
  test("a delivery waits for its moment, on one timer", async () => {
    const stage = open({ retryMs: [5] });
    const receiver = stage.use(
      startReceiver((_, number) =>
        number === 1
          ? new Response(null, { status: 500 })
          : new Response(null, { status: 200 }),
      ),
    );
    const { id, host } = await stage.owe(receiver.url);
    const first = stage.recordedAttempt();
    stage.start().wake(host);
    await first;
    expect(stage.deliveries.find(id)?.nextAttemptAt).toBe(1005);
    const second = stage.recordedAttempt();
    stage.clock.now = 1005;
    await second;
    expect(stage.deliveries.find(id)?.state).toBe("delivered");
    expect(
      receiver.received.map(({ headers }) => headers.get("webhook-id")),
    ).toEqual([id, id]);
  });

  test("what was owed before a restart is delivered after it", async () => {
    const stage = open();
    const receiver = stage.use(startReceiver(() => new Response()));
    const { id } = await stage.owe(receiver.url);
    const attempt = stage.recordedAttempt();
    stage.start();
    await attempt;
    expect(stage.deliveries.find(id)?.state).toBe("delivered");
    expect(stage.deliveries.pendingHosts()).toEqual([]);
  });

  test("an attempt that the stop cuts off is not counted: the delivery stays owed", async () => {
    const stage = open();
    const { promise, resolve } = Promise.withResolvers<Response>();
    const receiver = stage.use(startReceiver(() => promise));
    const { id, host } = await stage.owe(receiver.url);
    const arrives = receiver.next();
    const deliverer = stage.start();
    deliverer.wake(host);
    await arrives;
    await deliverer[Symbol.asyncDispose]();
    resolve(new Response());
    expect(stage.deliveries.attempts(id)).toEqual([]);
    expect(stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      attemptCount: 0,
    });
  });
});

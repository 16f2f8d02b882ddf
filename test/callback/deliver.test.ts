import { describe, expect, test } from "bun:test";
import { ByteBudget } from "../../src/byte-budget.ts";
import { createCallbackPolicy } from "../../src/callback/reach/policy.ts";
import { silentLog } from "../silent-log.ts";
import { startReceiver } from "./receiver.ts";
import { openDeliveryStage } from "./delivery-stage.ts";

const never = new Promise<never>(() => {});
/** A receiver that hangs is waited for until its test has failed. */
const PATIENCE_MS = 600_000;

describe("the schedule", () => {
  test("a delivery waits for its moment and keeps its webhook-id", async () => {
    const stage = openDeliveryStage({ retryMs: [5] });
    const receiver = stage.use(
      startReceiver(
        (_, number) => new Response(null, { status: number === 1 ? 500 : 200 }),
      ),
    );
    const { id } = await stage.owe(receiver.url);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    expect((await stage.deliveries.find(id))?.nextAttemptAt).toBe(1005);
    stage.clock.now = 1005;
    await stage.until(async () => (await stage.attemptCount(id)) === 2);
    expect((await stage.deliveries.find(id))?.state).toBe("delivered");
    expect(
      receiver.received.map(({ headers }) => headers.get("webhook-id")),
    ).toEqual([id, id]);
  });

  test("a delivery that no receiver takes is dead at the end of the schedule and can be sent again", async () => {
    const stage = openDeliveryStage();
    const { id, host } = await stage.owe("http://127.0.0.1:1/");
    stage.startDeliverer();
    for (const [index, state] of ["pending", "pending", "dead"].entries()) {
      stage.tellOwed(host);
      await stage.until(
        async () => (await stage.attemptCount(id)) === index + 1,
      );
      expect((await stage.deliveries.find(id))?.state).toBe(state as "dead");
      stage.clock.now += 1000;
    }
    expect(await stage.deliveries.redeliverDead(host, stage.clock.now)).toBe(1);
    stage.tellOwed(host);
    await stage.until(async () => (await stage.attemptCount(id)) === 4);
    expect(await stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      attemptCount: 1,
    });
  });

  test("the addresses of a host are tried in turn", async () => {
    const stage = openDeliveryStage({
      policy: createCallbackPolicy({
        allow: [],
        allowPrivate: true,
        resolve: () => Promise.resolve(["127.0.0.2", "127.0.0.1"]),
      }),
    });
    const receiver = stage.use(startReceiver());
    const { id, host } = await stage.owe(`http://two.test:${receiver.port}/`);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    expect((await stage.deliveries.find(id))?.state).toBe("pending");
    stage.clock.now += 100;
    stage.tellOwed(host);
    await stage.until(async () => (await stage.attemptCount(id)) === 2);
    expect((await stage.deliveries.find(id))?.state).toBe("delivered");
  });

  test("another deliverer continues where the last one stopped", async () => {
    const stage = openDeliveryStage();
    const receiver = stage.use(
      startReceiver(
        (_, number) => new Response(null, { status: number === 1 ? 500 : 200 }),
      ),
    );
    const { id } = await stage.owe(receiver.url);
    const first = stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    await first[Symbol.asyncDispose]();
    stage.tellOwed(receiver.host);
    stage.clock.now = 1100;
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 2);
    expect((await stage.deliveries.find(id))?.state).toBe("delivered");
    expect(await stage.deliveries.pendingReceivers()).toEqual([]);
    expect(receiver.received).toHaveLength(2);
  });
});

describe("stopping", () => {
  test("stopping cuts off attempts that do not count, and their deliveries stay owed", async () => {
    const stage = openDeliveryStage();
    const receiver = stage.use(startReceiver(() => never));
    const { id } = await stage.owe(receiver.url);
    const deliverer = stage.startDeliverer();
    await receiver.arrived(1);
    await deliverer[Symbol.asyncDispose]();
    expect(await stage.deliveries.attempts(id)).toEqual([]);
    expect(await stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      attemptCount: 0,
      nextAttemptAt: 1000,
    });
  });

  test("stopping does not wait for the name service", async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const stage = openDeliveryStage({
      policy: createCallbackPolicy({
        allow: [],
        allowPrivate: true,
        resolve: () => {
          ask();
          return never;
        },
      }),
    });
    const { id } = await stage.owe("http://slow.test/");
    const deliverer = stage.startDeliverer();
    await asked;
    await deliverer[Symbol.asyncDispose]();
    expect(await stage.deliveries.attempts(id)).toEqual([]);
  });
});

describe("an attempt that the process does not outlive", () => {
  test("an attempt is on disk before the receiver hears of it", async () => {
    const stage = openDeliveryStage();
    const seen: Promise<number>[] = [];
    const receiver = stage.use(
      startReceiver(() => {
        seen.push(stage.deliveries.attempts(id).then(({ length }) => length));
        return new Response();
      }),
    );
    const { id } = await stage.owe(receiver.url);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    expect(await Promise.all(seen)).toEqual([1]);
  });

  test("the schedule goes on where the process died, and the delivery is dead at its end", async () => {
    const stage = openDeliveryStage({ retryMs: [100] });
    const receiver = stage.use(startReceiver());
    const { id } = await stage.owe(receiver.url);
    for (const attemptCount of [0, 1])
      await stage.deliveries.beginAttempt(id, {
        at: 1000,
        attemptCount,
        nextAttemptAt: 1000,
      });
    stage.startDeliverer();
    while ((await stage.deliveries.find(id))?.state !== "dead")
      await stage.untilQuiet();
    expect(receiver.received).toHaveLength(0);
  });
});

describe("the bytes of bodies", () => {
  test("bodies that do not fit wait for each other, and those of other keys do not", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const stage = openDeliveryStage({
      budget: new ByteBudget({ maxBytes: 1000, maxBytesPerKey: 500 }),
    });
    const slow = stage.use(
      startReceiver(() => promise, { hostname: "0.0.0.0" }),
    );
    const outcome = {
      status: "passed",
      result: `"${"a".repeat(400)}"`,
    } as const;
    const owed = await Promise.all(
      [1, 2, 3].map((last) =>
        stage.owe(`http://127.0.0.${last}:${slow.port}/`, {
          outcome,
          owner: "one",
        }),
      ),
    );
    const good = stage.use(startReceiver());
    const { id } = await stage.owe(good.url, { outcome, owner: "two" });
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    expect(slow.received).toHaveLength(1);
    resolve(new Response());
    for (const one of owed)
      await stage.until(async () => (await stage.attemptCount(one.id)) === 1);
  });
});

describe("sharing between receivers", () => {
  test("at most sixteen attempts at once go to one host, and a host that hangs delays no other", async () => {
    const stage = openDeliveryStage();
    const { promise, resolve } = Promise.withResolvers<Response>();
    const hanging = stage.use(
      startReceiver((_, number) => (number === 1 ? new Response() : promise)),
    );
    const healthy = stage.use(startReceiver());
    for (let count = 0; count < 20; count += 1) await stage.owe(hanging.url);
    const { id } = await stage.owe(healthy.url);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    await hanging.arrived(17);
    await stage.untilQuiet();
    expect(hanging.received).toHaveLength(17);
    resolve(new Response());
    await hanging.arrived(20);
  });

  test("two hundred and forty receivers that hang do not delay the callbacks of another key", async () => {
    const stage = openDeliveryStage({ timeoutMs: PATIENCE_MS });
    const hanging = stage.use(
      startReceiver(() => never, { hostname: "0.0.0.0" }),
    );
    for (let index = 1; index <= 240; index += 1)
      await stage.owe(`http://127.0.1.${index}:${hanging.port}/`, {
        owner: "one",
      });
    stage.startDeliverer();
    await hanging.arrived(40);
    const good = stage.use(startReceiver());
    const { id, host } = await stage.owe(good.url, { owner: "two" });
    stage.tellOwed(host);
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
  });

  test("a receiver that answered the last process comes before new ones that hang", async () => {
    const stage = openDeliveryStage({ timeoutMs: PATIENCE_MS });
    const hanging = stage.use(
      startReceiver(() => never, { hostname: "0.0.0.0" }),
    );
    const good = stage.use(startReceiver());
    const first = await stage.owe(good.url);
    const before = stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(first.id)) === 1);
    await before[Symbol.asyncDispose]();
    for (let index = 2; index < 80; index += 1)
      await stage.owe(`http://127.0.0.${index}:${hanging.port}/`);
    const { id } = await stage.owe(good.url);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
  });

  test("forty hosts that hang delay no other", async () => {
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const stage = openDeliveryStage({
      policy: createCallbackPolicy({
        allow: [],
        allowPrivate: true,
        resolve: (host) =>
          host === "healthy.test" ? Promise.resolve(["127.0.0.1"]) : promise,
      }),
    });
    const receiver = stage.use(startReceiver());
    for (let index = 0; index < 40; index += 1)
      for (let count = 0; count < 5; count += 1)
        await stage.owe(`http://host${index}.test:${receiver.port}/`);
    const { id } = await stage.owe(`http://healthy.test:${receiver.port}/`);
    stage.startDeliverer();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    resolve(["127.0.0.1"]);
    await receiver.arrived(201);
  });

  test("ten thousand deliveries owed to a dead host do not delay the others", async () => {
    const stage = openDeliveryStage();
    const dead = await Promise.all(
      Array.from({ length: 10_000 }, () => stage.owe("http://127.0.0.1:1/")),
    );
    const healthy = stage.use(startReceiver());
    stage.startDeliverer();
    for (let count = 1; count <= 200; count += 1) {
      const { id, host } = await stage.owe(healthy.url);
      stage.tellOwed(host);
      await stage.until(async () => (await stage.attemptCount(id)) === 1);
    }
    const counts = await Promise.all(
      dead.map(({ id }) => stage.attemptCount(id)),
    );
    expect(counts.filter((count) => count > 0).length).toBeLessThan(100);
  }, 30_000);
});

describe("failures of the store", () => {
  test("an attempt that cannot be recorded is recorded later without another request", async () => {
    const { promise: failed, resolve } = Promise.withResolvers<string>();
    const log = { ...silentLog, error: (message: string) => resolve(message) };
    const stage = openDeliveryStage({ storeRetryMs: 1, log });
    const { promise: response, resolve: answer } =
      Promise.withResolvers<Response>();
    const receiver = stage.use(startReceiver(() => response));
    const { id } = await stage.owe(receiver.url);
    stage.startDeliverer();
    await receiver.arrived(1);
    stage.breakWrites();
    answer(new Response());
    expect(await failed).toBe(
      "An attempt to deliver a callback could not be recorded.",
    );
    expect((await stage.deliveries.find(id))?.state).toBe("pending");
    stage.mendWrites();
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
    expect((await stage.deliveries.find(id))?.state).toBe("delivered");
    expect(receiver.received).toHaveLength(1);
  });

  test("a delivery stays owed when its attempt cannot be recorded before the stop", async () => {
    const { promise: failed, resolve } = Promise.withResolvers<string>();
    const log = { ...silentLog, error: (message: string) => resolve(message) };
    const stage = openDeliveryStage({ log });
    const receiver = stage.use(startReceiver());
    const { id } = await stage.owe(receiver.url);
    stage.breakWrites();
    const deliverer = stage.startDeliverer();
    await failed;
    await deliverer[Symbol.asyncDispose]();
    expect(await stage.deliveries.find(id)).toMatchObject({
      state: "pending",
      attemptCount: 0,
    });
  });

  test("a store that cannot be read is read again, and ending a run does not fail", async () => {
    const errors: string[] = [];
    const log = {
      ...silentLog,
      error: (message: string) => errors.push(message),
    };
    const stage = openDeliveryStage({ storeRetryMs: 1, log });
    const receiver = stage.use(startReceiver());
    const { id, host } = await stage.owe(receiver.url);
    const meddle = (change: string) => {
      stage.meddle((sqlite) => sqlite.run(change));
    };
    meddle("UPDATE deliveries SET next_attempt_at = 2000");
    stage.startDeliverer();
    await stage.untilQuiet();
    stage.clock.now = 2000;
    meddle("ALTER TABLE deliveries RENAME TO elsewhere");
    stage.tellOwed(host);
    await stage.untilQuiet();
    expect(errors).toEqual(["The callbacks that are owed could not be read."]);
    meddle("ALTER TABLE elsewhere RENAME TO deliveries");
    await receiver.arrived(1);
    await stage.until(async () => (await stage.attemptCount(id)) === 1);
  });
});

/** Actions with limits of their own: how many of their runs run at once, and how many wait. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { DETACH, idOf, openScene } from "../scene.ts";

export function describeLimiting(start: Start): void {
  const server = openScene(start, []);

  const state = async (id: string) =>
    (await server.json(`/api/runs/${id}`)).state;
  const ended = (id: string) => server.json(`/api/runs/${id}?wait=10`);

  test("an action with limits runs and queues no more than these and keeps no other out", async () => {
    const gate = makeGate();
    const running = await server.begin("narrow", gate.input);
    await server.until(running, "running");
    // It may have been counted while it waited for its claim.
    await server.untilQueued(0);
    const queued = await server.begin("narrow", gate.input);
    await server.untilQueued(1);
    expect([await state(running), await state(queued)]).toEqual([
      "running",
      "queued",
    ]);
    for (const headers of [{}, DETACH]) {
      const refused = await server.run("narrow", gate.input, headers);
      expect(refused.status).toBe(503);
      expect(idOf(refused)).toBe("");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({
        code: "overloaded",
        detail: expect.stringMatching(
          /^The action probe\/narrow accepts no more runs now: (?:1 is running and )?1 is queued\.$/,
        ),
        retryable: true,
      });
    }
    expect((await server.run("noop", {})).status).toBe(200);
    gate.open();
    for (const id of [running, queued])
      expect(await ended(id)).toMatchObject({ state: "passed" });
  });

  test("an action with keys runs as many at once for each key", async () => {
    const gate = makeGate();
    const begin = (customer: string) =>
      server.begin("one-for-each", { ...gate.input, customer });
    const ids = [await begin("ann"), await begin("ann"), await begin("bob")];
    for (const id of [ids[0], ids[2]]) await server.until(id ?? "", "running");
    expect(await Promise.all(ids.map(state))).toEqual([
      "running",
      "queued",
      "running",
    ]);
    gate.open();
    for (const id of ids)
      expect(await ended(id)).toMatchObject({ state: "passed" });
  });

  test.each([
    ["threw (RangeError)", "nobody"],
    ["must return a string, not a value of type number", 7],
    [
      "returned 1001 characters, but a key may have at most 1000",
      "x".repeat(1001),
    ],
  ])("a run whose concurrencyKey %s is refused", async (what, customer) => {
    for (const headers of [{}, DETACH]) {
      const input = { path: "/", customer };
      const reply = await server.run("one-for-each", input, headers);
      expect(reply.status).toBe(500);
      expect(idOf(reply)).toBe("");
      expect(await reply.json()).toMatchObject({
        code: "concurrency_key_failed",
        detail: `The concurrencyKey of probe/one-for-each ${what}.`,
        source: "action",
        retryable: false,
      });
    }
  });

  test("the list of actions says their limits", async () => {
    const actions: any[] = await server.json("/api/actions");
    const find = (action: string) =>
      actions.find(({ address }) => address === `probe/${action}`);
    expect(find("narrow")).toMatchObject({
      concurrency: 1,
      concurrency_per_key: false,
      queue: 1,
    });
    expect(find("one-for-each")).toMatchObject({
      concurrency: 1,
      concurrency_per_key: true,
      queue: null,
    });
    expect(find("noop")).toMatchObject({ concurrency: null, queue: null });
  });
}

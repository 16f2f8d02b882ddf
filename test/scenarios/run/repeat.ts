/** Requests that are sent again under the same idempotency key. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { idOf, openScene, RUN_ID } from "../scene.ts";

export function describeRepeating(start: Start): void {
  const server = openScene(start, []);

  test("a hundred requests at once with the same idempotency key are one run", async () => {
    const gate = makeGate();
    const headers = { "idempotency-key": "hundred" };
    const replies = Array.from({ length: 100 }, () =>
      server.run("gate", gate.input, headers),
    );
    const before = await server.runCount();
    gate.open("once");
    const ids = new Set<string | null>();
    let newCount = 0;
    for (const reply of await Promise.all(replies)) {
      expect(await reply.text()).toBe('"once"');
      ids.add(reply.headers.get(RUN_ID));
      if (!reply.headers.has("idempotency-replayed")) newCount += 1;
    }
    expect(ids.size).toBe(1);
    expect(newCount).toBe(1);
    expect((await server.runCount()) - before).toBeLessThanOrEqual(1);

    const later = await server.run("gate", gate.input, {
      "idempotency-key": '"hundred"',
    });
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    expect(await later.text()).toBe('"once"');
    expect(ids.has(later.headers.get(RUN_ID))).toBe(true);

    const other = await server.run("gate", { path: "/other" }, headers);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({
      code: "idempotency_key_reused",
    });
  });

  test("a repeated request is answered as before with async-return or the problem", async () => {
    const detach = { "x-actions-async-timeout": "0", "idempotency-key": "d" };
    const first = await server.run("noop", {}, detach);
    const again = await server.run("noop", {}, detach);
    expect(await again.text()).toBe('"async-return"');
    expect(again.headers.get(RUN_ID)).toBe(first.headers.get(RUN_ID));

    const failing = { "idempotency-key": "f" };
    expect((await server.run("refuse", {}, failing)).status).toBe(422);
    const repeated = await server.run("refuse", {}, failing);
    expect(repeated.status).toBe(422);
    expect(repeated.headers.get("idempotency-replayed")).toBe("true");
    expect(await repeated.json()).toMatchObject({ code: "out_of_stock" });
  });

  test("a request that is repeated with a preference is answered in the same form before and after the end of its run", async () => {
    const gate = makeGate();
    const headers = { prefer: "respond-async", "idempotency-key": "prefer" };
    const ask = () => server.run("gate", gate.input, headers);
    const first = await ask();
    const during = await ask();
    gate.open("done");
    const id = idOf(first);
    await server.request(`/api/runs/${id}/result?wait=10`);
    const after = await ask();
    for (const reply of [first, during, after]) {
      expect(reply.status).toBe(202);
      expect(reply.headers.get("preference-applied")).toBe("respond-async");
      expect(reply.headers.get("x-action-async-completion")).toBe("1");
      expect(reply.headers.get("location")).toBe(`/api/runs/${id}`);
    }
    expect(during.headers.get("idempotency-replayed")).toBe("true");
    expect(after.headers.get("idempotency-replayed")).toBe("true");
    expect(await during.json()).toMatchObject({ id, state: "running" });
    expect(await after.json()).toMatchObject({
      id,
      state: "passed",
      result: '"done"',
    });
  });
}

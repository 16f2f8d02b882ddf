/** A caller that does not wait until the end: by header, or as it prefers. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { idOf, openScene, RUN_ID } from "../scene.ts";

export function describeDetaching(start: Start): void {
  const server = openScene(start, []);

  test("a detached caller is answered 200 async-return and where to look", async () => {
    const gate = makeGate();
    const reply = await server.run("gate", gate.input, {
      "x-actions-async-timeout": "0.02",
    });
    const id = idOf(reply);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toBe('"async-return"');
    expect(reply.headers.get("x-action-async-completion")).toBe("1");
    expect(reply.headers.get("location")).toBe(`/api/runs/${id}`);
    const run = await (await server.request(`/api/runs/${id}`)).json();
    expect(run).toMatchObject({ status: 1, detached: true });
    gate.open("done");
    const result = await server.request(`/api/runs/${id}/result?wait=10`);
    expect(await result.text()).toBe('"done"');
  });

  test("a run can be looked up when a caller with a wait of 0 is told about it", async () => {
    const reply = await server.run(
      "noop",
      {},
      { "x-actions-async-timeout": "0" },
    );
    expect(await reply.text()).toBe('"async-return"');
    const id = reply.headers.get(RUN_ID);
    expect((await server.request(`/api/runs/${id}`)).status).toBe(200);
  });

  test.each([
    ["respond-async", "respond-async"],
    ["wait=0", "wait=0"],
    ["Respond-Async, WAIT=0", "respond-async, wait=0"],
    ['return=minimal, wait="0"; x=y', "wait=0"],
    ["wait=0, wait=100", "wait=0"],
    ['foo="a, wait=7", respond-async', "respond-async"],
  ])("a caller that prefers %s is answered 202", async (prefer, applied) => {
    const gate = makeGate();
    const reply = await server.run("gate", gate.input, { prefer });
    gate.open();
    const id = reply.headers.get(RUN_ID);
    expect(reply.status).toBe(202);
    expect(reply.headers.get("preference-applied")).toBe(applied);
    expect(reply.headers.get("x-action-async-completion")).toBe("1");
    expect(reply.headers.get("location")).toBe(`/api/runs/${id}`);
    expect(reply.headers.get("retry-after")).toBe("1");
    expect(await reply.json()).toMatchObject({ id, detached: true });
  });

  test("preferences may come in several headers and the first of two counts", async () => {
    const answer = (...preferences: string[]) =>
      server.sendLines(
        ["POST /api/actions/probe/noop/run HTTP/1.1", "host: localhost"].concat(
          preferences,
        ),
      );
    expect(await answer("Prefer: wait=60", "PREFER: respond-async")).toMatch(
      /^HTTP\/1.1 200 [^]*\r\n\r\nnull$/,
    );
    const detached = await answer("prefer: wait=0", "prefer: wait=60");
    expect(detached).toStartWith("HTTP/1.1 202 ");
    expect(detached).toMatch(/preference-applied: wait=0\r\n/i);
  });

  test("the header x-actions-async-timeout wins over Prefer", async () => {
    const reply = await server.run(
      "noop",
      {},
      {
        "x-actions-async-timeout": "0",
        prefer: "respond-async",
      },
    );
    expect(reply.status).toBe(200);
  });

  test("nobody waits longer than --max-wait", async () => {
    await using impatient = await start({ options: ["--max-wait", "20ms"] });
    const gate = makeGate();
    const run = (headers: Record<string, string>) =>
      impatient.run("gate", gate.input, headers);
    const detached = await run({ "x-actions-async-timeout": "3000" });
    expect(await detached.text()).toBe('"async-return"');
    const preferred = await run({ prefer: "respond-async, wait=3000" });
    expect(preferred.status).toBe(202);
    expect(preferred.headers.get("preference-applied")).toBe(
      "respond-async, wait=3000",
    );
    const path = `/api/runs/${idOf(detached)}`;
    const looked = await impatient.request(`${path}?wait=3000`);
    expect(await looked.json()).toMatchObject({ state: "running" });
    const result = await impatient.request(`${path}/result?wait=3000`);
    expect(result.status).toBe(202);
    gate.open();
  });
}

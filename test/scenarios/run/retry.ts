/** Runs that are tried again when they have failed. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { openScene, RUN_ID } from "../scene.ts";

export function describeRetrying(start: Start): void {
  const server = openScene(start, []);

  test.each([true, false])(
    "a failure with retryable %p or a listed code leads to another attempt of the same run",
    async (retryable) => {
      const reply = await server.run("flaky", { failures: 2, retryable });
      expect(await reply.json()).toBe(3);
      expect(
        await server.json(`/api/runs/${reply.headers.get(RUN_ID)}`),
      ).toMatchObject({ status: 2, attempt: 3, next_attempt_time: null });
    },
  );

  test("the failure of the last attempt stands", async () => {
    const input = { failures: 3, retryable: true };
    const reply = await server.run("flaky", input);
    expect(reply.status).toBe(500);
    expect(await reply.json()).toMatchObject({
      code: "action_failed",
      detail: "Not this time.",
      retryable: true,
    });
    expect(
      await server.json(`/api/runs/${reply.headers.get(RUN_ID)}`),
    ).toMatchObject({ status: 3, attempt: 3 });
  });

  test("a run that backs off is running, says when it goes on and can be cancelled once", async () => {
    const id = await server.begin("rests");
    let run = await server.json(`/api/runs/${id}`);
    while (run.next_attempt_time === null)
      run = await server.json(`/api/runs/${id}`);
    expect(run).toMatchObject({ state: "running", attempt: 1 });
    expect(Date.parse(run.next_attempt_time)).toBeGreaterThan(Date.now());
    expect(await server.cancel(id)).toBe("cancelled");
    expect(await server.cancel(id)).toBe("not-running");
    expect(await server.json(`/api/runs/${id}`)).toMatchObject({
      state: "cancelled",
      attempt: 1,
      next_attempt_time: null,
    });
  });

  test("the list of actions says how they are tried again", async () => {
    const actions: any[] = await server.json("/api/actions");
    expect(
      actions.find(({ address }) => address === "probe/flaky").retries,
    ).toEqual({
      attempts: 3,
      backoff: 0,
      max_backoff: 300,
      on: ["not_yet"],
    });
  });
}

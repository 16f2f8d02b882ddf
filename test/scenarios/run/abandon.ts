/** Code that does not heed its signal: counted and listed for as long as it goes on. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { openScene } from "../scene.ts";

export function describeAbandoning(start: Start): void {
  const server = openScene(start, ["--max-running", "2"]);

  const count = async (action: string) => {
    const actions: any[] = await server.json("/api/actions");
    const { running, abandoned } = actions.find(
      ({ address }) => address === `probe/${action}`,
    );
    return { running, abandoned };
  };

  test.each([
    ["was cancelled", {}, (id: string) => server.cancel(id)],
    [
      "ran out of time",
      { "x-actions-run-timeout": "0.05" },
      (id: string) => server.json(`/api/runs/${id}?wait=10`),
    ],
  ])(
    "code of a run that %s keeps its slot until it ends",
    async (_, headers, stop) => {
      const gate = makeGate();
      const next = makeGate();
      const deaf = await server.begin("ignores-abort", gate.input, headers);
      await stop(deaf);
      // All slots but the one that is still taken.
      const free = 2 * server.replicaCount() - 1;
      const begun = Array.from({ length: free + 1 }, () =>
        server.begin("gate", next.input),
      );
      const ids = await Promise.all(begun);
      while ((await count("gate")).running < free);
      expect(await count("ignores-abort")).toEqual({
        running: 0,
        abandoned: 1,
      });
      expect(await count("gate")).toEqual({ running: free, abandoned: 0 });
      gate.open();
      while ((await count("gate")).running <= free);
      // A process has its slot back a moment before the others know.
      if (server.replicaCount() > 1)
        while ((await count("ignores-abort")).abandoned > 0);
      expect(await count("ignores-abort")).toEqual({
        running: 0,
        abandoned: 0,
      });
      next.open();
      for (const id of ids)
        expect(await server.json(`/api/runs/${id}?wait=10`)).toMatchObject({
          status: 2,
        });
      expect(await count("gate")).toEqual({ running: 0, abandoned: 0 });
    },
  );

  test("code that runs is counted as running alone", async () => {
    const gate = makeGate();
    await server.begin("ignores-abort", gate.input);
    expect(await count("ignores-abort")).toEqual({ running: 1, abandoned: 0 });
    gate.open();
  });

  test("code that obeys its signal is not counted", async () => {
    await server.cancel(await server.begin("forever"));
    // Another process may hear a moment later that its code has to end.
    if (server.replicaCount() > 1)
      while ((await count("forever")).abandoned > 0);
    expect(await count("forever")).toEqual({ running: 0, abandoned: 0 });
  });
}

/** A caller whose connection breaks before the run ends. */
import { expect, test } from "bun:test";
import { startReceiver } from "../../callback/receiver.ts";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { openScene } from "../scene.ts";

export function describeHangingUp(start: Start): void {
  const server = openScene(start, []);

  const breakOff = async (headers: Record<string, string>) => {
    const connection = new AbortController();
    const requestId = Bun.randomUUIDv7();
    const gate = makeGate();
    const broken = server
      .request("/api/actions/probe/gate/run", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...headers,
          "x-actions-request-id": requestId,
        },
        body: JSON.stringify(gate.input),
        signal: connection.signal,
      })
      .catch(() => "broken");
    const id = await server.find(requestId);
    connection.abort();
    expect(await broken).toBe("broken");
    return { id, gate };
  };

  test("a caller that hangs up is called back", async () => {
    await using receiver = startReceiver(() => new Response());
    const arrives = receiver.next();
    const { id, gate } = await breakOff({
      "x-actions-async-callback": receiver.url,
    });
    while ((await server.json(`/api/runs/${id}`)).detached === false);
    gate.open("later");
    expect((await arrives).body).toBe('"later"');
  });

  test("a caller that hangs up cancels the run if it asked for that", async () => {
    const { id } = await breakOff({ "x-actions-on-disconnect": "cancel" });
    expect(await server.json(`/api/runs/${id}?wait=10`)).toMatchObject({
      status: 4,
    });
  });

  test("a caller that cancels by hanging up is called back", async () => {
    await using receiver = startReceiver();
    const arrives = receiver.next();
    const { id } = await breakOff({
      "x-actions-on-disconnect": "cancel",
      "x-actions-async-callback": receiver.url,
    });
    const { headers, body } = await arrives;
    expect(headers.get("x-action-server-run-id")).toBe(id);
    expect(JSON.parse(body)).toMatchObject({ code: "run_cancelled" });
  });

  test("a caller that hangs up otherwise leaves the run alone", async () => {
    const { id, gate } = await breakOff({});
    gate.open("alone");
    expect(await server.json(`/api/runs/${id}?wait=10`)).toMatchObject({
      status: 2,
      result: '"alone"',
    });
  });
}

/** Results that are files, and results that come in chunks. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, type Start } from "../../server.ts";
import { readEvents, type Told } from "../watch/read-events.ts";
import { idOf, openScene } from "../scene.ts";

const EVENTS = { accept: "text/event-stream" };

export function describeTaking(start: Start): void {
  const scene = openScene(start, []);
  const tell = async (reply: Response): Promise<[string, unknown][]> => {
    const told = await Array.fromAsync(readEvents(reply));
    return told.map(({ event, data }) => [event, data]);
  };

  test("a large result comes whole, and so does the run that has it", async () => {
    const reply = await scene.run("huge-result", { bytes: 3_000_000 });
    const text = await reply.text();
    expect(text).toBe(JSON.stringify("x".repeat(2_999_998)));
    const shown = await scene.request(`/api/runs/${idOf(reply)}`);
    expect(await shown.json()).toMatchObject({ result: text });
  });

  test("a result that is a file says where it is, and whoever accepts its type gets it", async () => {
    const input = { text: "%PDF" };
    const reply = await scene.run("invoice", input);
    const id = idOf(reply);
    const result = {
      artifact: "invoice.pdf",
      content_type: "application/pdf",
      size: 4,
      url: `/api/runs/${id}/artifacts/invoice.pdf`,
    };
    expect(await reply.json()).toEqual(result as never);
    expect(await (await scene.request(result.url)).text()).toBe("%PDF");
    const accept = { accept: "application/pdf" };
    const direct = await scene.run("invoice", input, accept);
    const later = await scene.request(`/api/runs/${id}/result`, {
      headers: accept,
    });
    for (const got of [direct, later]) {
      expect(got.status).toBe(200);
      expect(got.headers.get("content-type")).toBe("application/pdf");
      expect(got.headers.get("content-disposition")).toContain("attachment");
      expect(await got.text()).toBe("%PDF");
    }
    const plain = await scene.request(`/api/runs/${id}/result`);
    expect(await plain.json()).toEqual(result as never);
  });

  test("an action whose output is a file has to return the data of one", async () => {
    const reply = await scene.run("wrong-file", {});
    expect(reply.status).toBe(500);
    const log = await scene.request(`/api/runs/${idOf(reply)}/logs`);
    expect(await log.text()).toContain(
      "so the action has to return a string, bytes, a Blob, a Response or a ReadableStream, not 7.",
    );
  });

  test("a caller that accepts events gets each chunk as soon as it is there, and then the result", async () => {
    const path = join(makeTemporaryFolder(), "go");
    const reply = await scene.run("yields", { path }, EVENTS);
    expect(reply.headers.get("content-type")).toBe("text/event-stream");
    const told: Told[] = [];
    for await (const event of readEvents(reply)) {
      told.push(event);
      writeFileSync(path, "");
    }
    expect(told.map(({ event, data }) => [event, data])).toEqual([
      ["chunk", "one\nevent: forged"],
      ["chunk", { two: 2 }],
      ["result", ["one\nevent: forged", { two: 2 }]],
    ]);
    const run = await scene.json(`/api/runs/${idOf(reply)}`);
    expect(JSON.parse(run.result)).toEqual(["one\nevent: forged", { two: 2 }]);
  });

  test("what an action returns after its chunks is the result, for every caller", async () => {
    const path = join(makeTemporaryFolder(), "go");
    writeFileSync(path, "");
    const input = { path, end: "done" };
    const events = await scene.run("yields", input, EVENTS);
    expect((await tell(events)).at(-1)).toEqual(["result", "done"]);
    expect(await (await scene.run("yields", input)).json()).toBe("done");
  });

  test("a stream of chunks ends with the problem when the run fails, and a refusal is answered as always", async () => {
    const path = join(makeTemporaryFolder(), "go");
    writeFileSync(path, "");
    const failing = await scene.run("yields", { path, fails: true }, EVENTS);
    const id = idOf(failing);
    const [first, second, last] = await tell(failing);
    expect([first?.[0], second?.[0], last?.[0]]).toEqual([
      "chunk",
      "chunk",
      "problem",
    ]);
    expect(last?.[1]).toMatchObject({ code: "action_failed", run_id: id });
    const refused = await scene.run("yields", {}, EVENTS);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: "invalid_input" });
  });

  test("an action without chunks can be asked for events, too, and a wait that is over says so", async () => {
    const sum = await scene.run("add", { a: 1 }, EVENTS);
    expect(await tell(sum)).toEqual([["result", 2]]);
    const path = join(makeTemporaryFolder(), "go");
    const reply = await scene.run(
      "yields",
      { path },
      { ...EVENTS, "x-actions-async-timeout": "0.05" },
    );
    const told = await tell(reply);
    expect(told.at(-1)).toEqual(["async-return", { run_id: idOf(reply) }]);
    writeFileSync(path, "");
    await scene.json(`/api/runs/${idOf(reply)}?wait=10`);
  });
}

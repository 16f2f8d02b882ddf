/** Logs of runs and their events: kept, live, and resumed. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, type Start } from "../../server.ts";
import { readEvents, readUntil, type Told } from "./read-events.ts";
import { DETACH, idOf, openScene } from "../scene.ts";

export function describeWatching(start: Start): void {
  const scene = openScene(start, ["--max-log-bytes", "4KB"]);
  const events = (id: string, lastEventId?: string) =>
    scene.request(`/api/runs/${id}/events`, {
      headers:
        lastEventId === undefined ? {} : { "last-event-id": lastEventId },
    });
  const readAll = async (reply: Response) =>
    await Array.fromAsync(readEvents(reply));
  const lines = async (path: string): Promise<any[]> => {
    const text = await (await scene.request(path)).text();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  };
  const namesOf = (told: readonly Told[]) => told.map(({ event }) => event);

  test("a run is followed from its acceptance to its outcome, and the same can be read again afterwards", async () => {
    const path = join(makeTemporaryFolder(), "end");
    const id = await scene.begin("tells", { path });
    const reply = await events(id);
    expect(reply.headers.get("content-type")).toBe("text/event-stream");
    expect(reply.headers.get("x-action-server-run-id")).toBe(id);
    const live: Told[] = [];
    for await (const told of readEvents(reply)) {
      live.push(told);
      if (told.event === "progress") writeFileSync(path, "");
    }
    expect(namesOf(live)).toEqual([
      "accepted",
      "detached",
      "started",
      "log",
      "progress",
      "log",
      "progress",
      "finished",
    ]);
    for (const { data } of live)
      expect(data).toMatchObject({ run_id: id, action_id: "probe/tells" });
    const [, , , first, quarter, last, all, finished] = live;
    expect(first?.data).toMatchObject({
      seq: 1,
      level: "info",
      message: "It begins.",
      fields: { password: "[redacted]", count: 1 },
    });
    expect(quarter?.data).toMatchObject({
      fraction: 0.25,
      message: "a quarter",
    });
    expect(last?.data.message).toBe("It ends.\nid: 1\ndata: forged");
    expect(all?.data).toMatchObject({ fraction: 1, message: null });
    expect(finished?.data).toMatchObject({ state: "passed", error: null });
    const again = await readAll(await events(id));
    // Of progress, only the latest is kept.
    expect(namesOf(again)).toEqual([
      "accepted",
      "detached",
      "started",
      "log",
      "log",
      "progress",
      "finished",
    ]);
  });

  test("a stream that is resumed anywhere tells the rest, without a gap and without a double", async () => {
    const path = join(makeTemporaryFolder(), "end");
    const id = await scene.begin("tells", { path });
    const part = await readUntil(
      await events(id),
      ({ event }) => event === "progress",
    );
    writeFileSync(path, "");
    const rest = await readAll(await events(id, part.at(-1)?.id));
    expect(namesOf([...part, ...rest])).toEqual([
      "accepted",
      "detached",
      "started",
      "log",
      "progress",
      "log",
      "progress",
      "finished",
    ]);
    const whole = await readAll(await events(id));
    for (const [index, { id: last }] of whole.entries()) {
      const reply = await events(id, last);
      const told = reply.status === 204 ? [] : await readAll(reply);
      expect(told.map(({ data }) => data)).toEqual(
        whole.slice(index + 1).map(({ data }) => data),
      );
    }
    expect((await events(id, whole.at(-1)?.id)).status).toBe(204);
  });

  test("an id of another stream, or of none, is refused", async () => {
    const id = await scene.begin("noop");
    const reply = await events(id, "7; drop");
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ code: "invalid_header" });
    expect((await events("bogus")).status).toBe(404);
  });

  test("attempts that failed are told live and afterwards", async () => {
    const id = await scene.begin("flaky", { failures: 2, retryable: false });
    const expected = [
      "accepted",
      "detached",
      "started",
      "log",
      "attempt_failed",
      "started",
      "log",
      "attempt_failed",
      "started",
      "finished",
    ].toSorted();
    const live = await readAll(await events(id));
    const again = await readAll(await events(id));
    for (const told of [live, again]) {
      expect(namesOf(told).toSorted()).toEqual(expected);
      expect(
        told
          .filter(({ event }) => event === "attempt_failed")
          .map(({ data }) => [data.attempt, data.error.code]),
      ).toEqual([
        [1, "not_yet"],
        [2, "not_yet"],
      ]);
    }
  });

  test("whoever comes back after the outcome is told what became of the callback", async () => {
    using receiver = Bun.serve({ port: 0, fetch: () => new Response() });
    const id = await scene.begin(
      "noop",
      {},
      { ...DETACH, "x-actions-async-callback": receiver.url.href },
    );
    const first = await readUntil(
      await events(id),
      ({ event }) => event === "finished",
    );
    const rest = await readAll(await events(id, first.at(-1)?.id));
    expect(namesOf(rest)).toEqual(["owed", "callback_attempt"]);
    expect(rest[1]?.data).toMatchObject({
      number: 1,
      status: 200,
      error: null,
    });
  });

  test("a log is read as lines of JSON or as text, from any line on, with the stack of what was thrown", async () => {
    const id = await scene.begin("logs", { count: 3, fails: true });
    await scene.json(`/api/runs/${id}?wait=10`);
    const all = await lines(`/api/runs/${id}/logs`);
    expect(all.map(({ seq, level, message }) => [seq, level, message])).toEqual(
      [
        [1, "info", "line 1"],
        [2, "info", "line 2"],
        [3, "info", "line 3"],
        [4, "error", "probe/logs failed: Unexpected error (RangeError)"],
      ],
    );
    expect(all[3].fields.error.message).toBe("broken on purpose");
    expect(all[3].stack).toContain("tells.ts");
    expect(await lines(`/api/runs/${id}/logs?after=3`)).toEqual([all[3]]);
    const text = await scene.request(`/api/runs/${id}/logs`, {
      headers: { accept: "text/plain" },
    });
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await text.text()).toMatch(/^\S+Z INFO {2}line 1\n/);
    const wrong = await scene.request(`/api/runs/${id}/logs?follow=maybe`);
    expect(await wrong.json()).toMatchObject({ code: "invalid_parameter" });
  });

  test("a log that is followed goes on until the outcome", async () => {
    const path = join(makeTemporaryFolder(), "end");
    const id = await scene.begin("tells", { path });
    const reply = await scene.request(`/api/runs/${id}/logs?follow=true`);
    let text = "";
    for await (const chunk of reply.body ?? []) {
      text += Buffer.from(chunk).toString();
      writeFileSync(path, "");
    }
    const messages = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).message as string);
    expect(messages).toEqual(["It begins.", "It ends.\nid: 1\ndata: forged"]);
  });

  test("a log that grows too long is cut, and says so", async () => {
    const id = await scene.begin("logs", { count: 500, fails: true });
    await scene.json(`/api/runs/${id}?wait=10`);
    const all = await lines(`/api/runs/${id}/logs`);
    expect(all.length).toBeLessThan(100);
    expect(all.at(-2).message).toContain("The log of this run is cut here");
    expect(all.at(-1).stack).toContain("broken on purpose");
  });

  test("the events of all runs are told as they happen, filtered and resumed", async () => {
    const path = "/api/events?package=probe&action=add&request_id=mine";
    const all = await scene.request("/api/events");
    const some = await scene.request(path);
    const ends = await scene.request(`${path}&status=passed`);
    await scene.run("noop");
    await scene.run("add", { a: 1 }, { "x-actions-request-id": "others" });
    const mine = idOf(
      await scene.run("add", { a: 1 }, { "x-actions-request-id": "mine" }),
    );
    const isEnd = ({ event, data }: Told) =>
      event === "finished" && data.run_id === mine;
    const told = await readUntil(some, isEnd);
    expect(namesOf(told)).toEqual(["accepted", "started", "finished"]);
    expect(namesOf(await readUntil(ends, isEnd))).toEqual(["finished"]);
    const whole = await readUntil(all, isEnd);
    const names = ["accepted", "started", "finished"];
    expect(namesOf(whole)).toEqual([...names, ...names, ...names]);
    const headers = { "last-event-id": whole[2]?.id ?? "" };
    const resumed = await scene.request("/api/events", { headers });
    expect(await readUntil(resumed, isEnd)).toEqual(whole.slice(3));
    const old = { "last-event-id": "0" };
    const lost = await scene.request("/api/events", { headers: old });
    const [first] = await readUntil(lost, () => true);
    expect(first?.event).toBe("missed");
  });

  test("the stream of all runs tells of each run what its own stream tells, and the same again from anywhere", async () => {
    using receiver = Bun.serve({ port: 0, fetch: () => new Response() });
    const path = join(makeTemporaryFolder(), "end");
    writeFileSync(path, "");
    const all = await scene.request("/api/events");
    const ids = [
      await scene.begin("tells", { path }),
      await scene.begin("flaky", { failures: 1, retryable: false }),
      idOf(await scene.run("logs", { count: 3, fails: true })),
      await scene.begin("forever"),
    ];
    await scene.cancel(ids[3] ?? "");
    ids.push(
      await scene.begin(
        "noop",
        {},
        { ...DETACH, "x-actions-async-callback": receiver.url.href },
      ),
    );
    const left = new Set([...ids, "its callback"]);
    const told = await readUntil(all, ({ event, data }) => {
      if (event === "finished") left.delete(data.run_id);
      if (event === "callback_attempt") left.delete("its callback");
      return left.size === 0;
    });
    const isKept = ({ event }: Told) => event !== "progress";
    const withoutId = ({ event, data }: Told) => ({ event, data });
    for (const id of ids) {
      const own = await readAll(await events(id));
      const later = await readAll(await events(id, own.at(-1)?.id));
      expect(
        told
          .filter(({ data }) => data.run_id === id)
          .filter(isKept)
          .map(withoutId),
      ).toEqual([...own, ...later].filter(isKept).map(withoutId));
    }
    const isLast = ({ id }: Told) => id === told.at(-1)?.id;
    for (const [index, { id }] of told.slice(0, -1).entries()) {
      const headers = { "last-event-id": id };
      const rest = await readUntil(
        await scene.request("/api/events", { headers }),
        isLast,
      );
      expect(rest.filter(isKept)).toEqual(told.slice(index + 1).filter(isKept));
    }
  });

  test("an id that is not one of the stream of all runs is refused", async () => {
    for (const id of ["bogus", "1.0.0.0.0.0", "-1", "1e3"]) {
      const headers = { "last-event-id": id };
      const reply = await scene.request("/api/events", { headers });
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ code: "invalid_header" });
    }
  });
}

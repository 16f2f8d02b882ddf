/** Streams that broke off when the server was killed, and that go on at the next one. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  readEvents,
  readUntil,
  type Told,
} from "../../scenarios/watch/read-events.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../../server.ts";

const begin = async (server: TestServer, action: string) =>
  idOf(await server.run(action, {}, DETACH));
const follow = (server: TestServer, id: string, last?: Told) =>
  server.request(`/api/runs/${id}/events`, {
    headers: last === undefined ? {} : { "last-event-id": last.id },
  });
/** What is told of a run, without what a stream may leave out. */
const saysOf = (told: readonly Told[]) =>
  told.map(({ event, data }) => [event, data.message ?? data.attempt ?? null]);

test("a stream that broke off at kill -9 goes on after the restart, without a gap and without a double", async () => {
  const data = join(makeTemporaryFolder(), "data");
  await using first = await startExecutable({ data });
  const id = await begin(first, "goes-on");
  const before = await readUntil(
    await follow(first, id),
    ({ event }) => event === "log",
  );
  await first.kill();

  await using second = await startExecutable({ data });
  const after = await Array.fromAsync(
    readEvents(await follow(second, id, before.at(-1))),
  );
  expect(saysOf([...before, ...after])).toEqual([
    ["accepted", null],
    ["detached", null],
    ["started", 1],
    ["log", "attempt 1"],
    ["attempt_failed", 1],
    ["started", 2],
    ["log", "attempt 2"],
    ["finished", null],
  ]);
  const whole = await Array.fromAsync(readEvents(await follow(second, id)));
  expect(saysOf(whole)).toEqual(saysOf([...before, ...after]));
  const done = await follow(second, id, whole.at(-1));
  expect(done.status).toBe(204);
});

test("whoever follows all runs misses nothing of a kill -9, and hears nothing twice", async () => {
  const data = join(makeTemporaryFolder(), "data");
  await using first = await startExecutable({ data });
  const all = (server: TestServer, last?: string) =>
    server.request("/api/events", {
      headers: last === undefined ? {} : { "last-event-id": last },
    });
  const stream = await all(first);
  const ids = [await begin(first, "forever"), await begin(first, "goes-on")];
  const before = await readUntil(
    stream,
    ({ event, data: { run_id } }) => event === "log" && run_id === ids[1],
  );
  // Nobody is told of it before the end.
  ids.push(idOf(await first.run("noop")));
  await first.kill();

  await using second = await startExecutable({ data });
  ids.push(idOf(await second.run("noop")));
  const open = new Set(ids);
  const isLast = ({ event, data: { run_id } }: Told) =>
    event === "finished" && open.delete(run_id) && open.size === 0;
  const after = await readUntil(await all(second, before.at(-1)?.id), isLast);
  const told = [...before, ...after];
  expect(told.map(({ event }) => event)).not.toContain("missed");
  for (const id of ids) {
    const own = await Array.fromAsync(readEvents(await follow(second, id)));
    expect(saysOf(told.filter((each) => each.data.run_id === id))).toEqual(
      saysOf(own),
    );
  }
  const interrupted = after.find((each) => each.data.run_id === ids[0]);
  expect(interrupted).toMatchObject({
    event: "finished",
    data: { state: "cancelled", error: { code: "interrupted" } },
  });
  // From any earlier event on, it is the same.
  const from = before[1];
  const rest = await readUntil(
    await all(second, from?.id),
    ({ id }) => id === told.at(-1)?.id,
  );
  expect(rest).toEqual(told.slice(2));
});

test("what an action prints is in the log of its run, wherever its code runs", async () => {
  for (const isolation of ["in-process", "process"]) {
    await using server = await startExecutable({
      options: ["--isolation", isolation],
    });
    const reply = await server.run("prints");
    expect(await reply.json()).toBe("printed");
    const path = `/api/runs/${idOf(reply)}/logs`;
    const text = await (await server.request(path)).text();
    const lines = text.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual([
      "printed by console.log",
      "printed by process.stdout.write",
    ]);
    const line = await server.log.find("probe/prints passed in");
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      run_id: idOf(reply),
      action_id: "probe/prints",
    });
  }
});

/** Limits for each caller, and for what takes its time to arrive. */
import { connect } from "node:net";
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { idOf, openScene, SMALL_REQUESTS } from "../scene.ts";

const KEY = "the-key-of-these-tests-is-long-enough";
const PATIENT = { authorization: `Bearer ${KEY}` };

export function describeSharing(start: Start): void {
  const slow = openScene(start, SMALL_REQUESTS);

  /** Sends the head of a request and what `drip` gives, a piece now and then. @returns the reply, once it is closed */
  const send = async (head: string, drip: () => string): Promise<string> => {
    const { hostname, port } = new URL(slow.url());
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = connect(Number(port), hostname);
    let reply = "";
    socket.write(head);
    const timer = setInterval(() => socket.write(drip()), 20);
    socket.on("data", (data) => {
      reply += String(data);
      if (reply.includes("\r\n\r\n")) socket.end();
    });
    socket.on("close", () => {
      clearInterval(timer);
      resolve(reply);
    });
    socket.on("error", () => undefined);
    return await promise;
  };

  test.each([
    ["of known length", "content-length: 1000", () => " "],
    ["in chunks", "transfer-encoding: chunked", () => "1\r\n \r\n"],
    ["that stops", "content-length: 10", () => ""],
  ])(
    "a body %s is refused with 408 when it arrives too slowly",
    async (_, header, drip) => {
      const before = await slow.runCount();
      const reply = await send(
        `POST /api/actions/probe/noop/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n`,
        drip,
      );
      expect(reply).toStartWith("HTTP/1.1 408 ");
      expect(reply).toContain('"code":"request_timed_out"');
      expect(await slow.runCount()).toBe(before);
    },
  );

  test("a caller may wait for longer than its request may take to arrive", async () => {
    const reply = await slow.run("sleep", { ms: 400 });
    expect(await reply.json()).toBe("slept");
  });

  test("requests beyond the rate limit are refused, and each reply says what is left", async () => {
    await using hasty = await start({ options: ["--rate-limit", "20"] });
    const policy = `"default";q=${Math.floor(20 / hasty.replicaCount)};w=1`;
    let first = await hasty.request("/api/runs?limit=1");
    // Each process takes its part as soon as it knows how many there are.
    while (first.headers.get("ratelimit-policy") !== policy)
      first = await hasty.request("/api/runs?limit=1");
    expect(first.headers.get("ratelimit")).toMatch(/^"default";r=1?\d;t=1$/);
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => hasty.request("/api/runs?limit=1")),
    );
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    const [one] = refused;
    expect(one?.headers.get("retry-after")).toBe("1");
    expect(one?.headers.get("ratelimit")).toBe('"default";r=0;t=1');
    expect(await one?.json()).toMatchObject({
      code: "rate_limited",
      retryable: true,
    });
    expect((await hasty.request("/health/live")).status).toBe(200);
    let again = await hasty.request("/api/runs?limit=1");
    while (again.status === 429)
      again = await hasty.request("/api/runs?limit=1");
    expect(again.status).toBe(200);
  });

  test("a key that has queued many runs does not keep those of another key waiting, and may not fill the queue", async () => {
    await using shared = await start({
      options: ["--max-running", "1", "--max-queued", "40"],
      environment: { ACTIOND_API_KEY: KEY },
    });
    const made = await shared.request("/api/keys", {
      method: "POST",
      headers: { ...PATIENT, "content-type": "application/json" },
      body: JSON.stringify({ name: "other", scopes: ["run", "read"] }),
    });
    const { key } = (await made.json()) as { key: string };
    const other = { authorization: `Bearer ${key}` };
    const gate = makeGate();
    const begin = (headers: Record<string, string>) =>
      shared.run("gate", gate.input, {
        ...headers,
        "x-actions-async-timeout": "0",
      });
    const flood: string[] = [];
    let last = await begin(PATIENT);
    while (last.ok) {
      flood.push(idOf(last));
      last = await begin(PATIENT);
    }
    expect(await last.json()).toMatchObject({ code: "too_many_runs" });
    let reply = await begin(other);
    // A process may hear a moment later that there is another key.
    while (reply.status === 401) reply = await begin(other);
    expect(reply.ok).toBe(true);
    gate.open();
    const look = async (id: string): Promise<any> =>
      (
        await shared.request(`/api/runs/${id}?wait=10`, { headers: PATIENT })
      ).json();
    const own = await look(idOf(reply));
    const starts: string[] = [];
    for (const id of flood) starts.push((await look(id)).start_time);
    const before = starts.filter((at) => at < own.start_time);
    expect(before.length).toBeLessThanOrEqual(4 * shared.replicaCount);
    expect(flood.length).toBeGreaterThan(20);
  });

  test("one key may not have more runs at once than its share", async () => {
    await using shared = await start({
      options: ["--max-runs-per-key", "2"],
      environment: { ACTIOND_API_KEY: KEY },
    });
    const gate = makeGate();
    const detached = { ...PATIENT, "x-actions-async-timeout": "0" };
    const begun: Response[] = [];
    let refused: Response[] = [];
    while (refused.length < shared.replicaCount) {
      const reply = await shared.run("gate", gate.input, detached);
      if (!reply.ok) refused.push(reply);
      else {
        begun.push(reply);
        refused = [];
      }
    }
    // Each process takes its part of the limit, and one run in any case.
    expect(begun.length).toBeWithin(2, 2 + shared.replicaCount);
    for (const reply of refused) {
      expect(reply.status).toBe(429);
      expect(await reply.json()).toMatchObject({
        code: "too_many_runs",
        detail: expect.stringMatching(
          /^This API key already has [12] runs? queued or running, which is its limit\.$/,
        ),
      });
    }
    gate.open();
    for (const reply of begun)
      await shared.request(`/api/runs/${idOf(reply)}?wait=10`, {
        headers: PATIENT,
      });
    expect((await shared.run("noop", {}, PATIENT)).status).toBe(200);
  });
}

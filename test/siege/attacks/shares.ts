/** Whatever one key may want too much of: slots, places in the queue, requests, connections, refusals. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Attack } from "../besiege.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { DETACHED, flood, openMany, post, toGet, until } from "../send.ts";
import { findUnserved, statusFor } from "../served.ts";

const AUDIT_LOG = join(makeTemporaryFolder(), "audit.log");
/** What the audit log may grow by in the two seconds of that attack. */
const MAX_AUDIT_BYTES = 100_000;

export const SHARE_ATTACKS: readonly Attack[] = [
  {
    title: "three hundred runs that never end",
    run: async (castle) => {
      await flood(300, () => post(castle, "forever", "{}", DETACHED));
    },
  },
  {
    title: "more runs than may be queued",
    options: ["--max-running", "8", "--max-queued", "200"],
    run: async (castle) => {
      const statuses = await flood(400, () =>
        post(castle, "forever", "{}", DETACHED),
      );
      const refused = statuses.filter((status) => status === 429);
      return refused.length === 400 - 6 - 150
        ? []
        : [`${refused.length} of 400 runs were refused as more than a share.`];
    },
  },
  {
    title: "as many long polls as there may be requests",
    options: ["--max-requests", "100", "--max-requests-per-key", "60"],
    run: async (castle) => {
      const reply = await post(castle, "forever", "{}", DETACHED);
      const id = reply.headers.get("x-action-server-run-id");
      using _ = openMany(
        castle,
        200,
        toGet(castle, `/api/runs/${id}?wait=600`),
      );
      await Bun.sleep(500);
      const mistakes = await findUnserved(castle);
      const cancelled = await castle.server.request(`/api/runs/${id}/cancel`, {
        method: "POST",
        headers: castle.headers("operator"),
      });
      if (cancelled.status !== 200)
        mistakes.push(`The operator's cancel was ${cancelled.status}.`);
      return mistakes;
    },
  },
  {
    title: "more connections than there may be",
    options: ["--max-connections", "100"],
    run: async (castle) => {
      using many = openMany(castle, 300, toGet(castle, "/api/runs?limit=1"));
      for (const socket of many.sockets) socket.resume();
      const isRefused = await until(
        async () => (await statusFor(castle, "alice", "/api/runs")) === 503,
      );
      if (!isRefused) return ["Too many connections were not refused."];
      const mistakes = await findUnserved(castle, ["operator"]);
      // A connection that gets a reply now is closed.
      for (const socket of many.sockets)
        socket.write(toGet(castle, "/api/runs?limit=1"));
      const areClosed = await until(
        () => many.sockets.filter(({ closed }) => closed).length >= 200,
      );
      if (!areClosed) mistakes.push("The connections were not closed.");
      const isOver = await until(
        async () => (await statusFor(castle, "alice", "/api/runs")) === 200,
      );
      if (!isOver) mistakes.push("Others were refused for ever.");
      return mistakes;
    },
    limits: { otherFailures: Infinity },
  },
  {
    title: "connections that say nothing",
    run: async (castle) => {
      using many = openMany(castle, 300, "");
      for (const socket of many.sockets) socket.resume();
      await findUnserved(castle);
      const areClosed = await until(
        () => many.sockets.every(({ closed }) => closed),
        30_000,
      );
      return areClosed ? [] : ["The connections were not closed."];
    },
  },
  {
    title: "requests without a key, as quickly as they can be sent",
    options: ["--audit-log", AUDIT_LOG],
    run: async (castle) => {
      const end = performance.now() + 2000;
      while (performance.now() < end)
        await flood(200, () =>
          castle.server.request(`/api/runs/${"x".repeat(4000)}`),
        );
      const { size } = statSync(AUDIT_LOG);
      const mistakes = await findUnserved(castle);
      if (size > MAX_AUDIT_BYTES)
        mistakes.push(`The audit log has ${size} bytes.`);
      return mistakes;
    },
  },
];

/**
 * Asks a server whether it is alive, again and again, in a thread of its own: what this process does meanwhile does not
 * count. Started by `castle.ts`, imported by nobody.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectSafely } from "node:tls";

const LOOK_MS = 10;
const REQUEST = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

export interface Probed {
  /** The longest time that an answer took, in milliseconds. */
  readonly worstMs: number;
  /** The most processor time that the event loop spent on other things before it answered, in milliseconds. */
  readonly heldMs: number;
}

/** What the thread is told first: whom to ask. */
export interface Target {
  readonly port: number;
  readonly pid: number;
  /** Whose certificates are trusted; undefined for plain HTTP. */
  readonly ca: readonly string[] | undefined;
}

if (!Bun.isMainThread) {
  let target: Target | undefined;
  let isOver = false;
  addEventListener("message", ({ data }: MessageEvent<Target | "stop">) => {
    if (data === "stop") isOver = true;
    else if (target === undefined) {
      target = data;
      void probe(data, () => isOver).then((probed) => {
        postMessage(probed);
      });
    }
  });
}

async function probe(
  { port, pid, ca }: Target,
  isOver: () => boolean,
): Promise<Probed> {
  const seen = { worstMs: 0, heldMs: 0 };
  while (!isOver()) {
    const target = { port, host: "127.0.0.1" };
    const socket = ca
      ? connectSafely({ ...target, ca: [...ca] })
      : connect(target);
    const ended = Promise.withResolvers<"ended">();
    socket.on("error", () => undefined);
    socket.on("close", () => {
      ended.resolve("ended");
    });
    // The first answer on a connection is one about accepting it, too.
    for (let isOpen = true; isOpen && !isOver();) {
      const startedAt = performance.now();
      const usedBefore = loopMs(pid);
      const answer = Promise.withResolvers<"answered">();
      socket.once("data", () => {
        answer.resolve("answered");
      });
      socket.write(REQUEST);
      isOpen =
        (await Promise.race([answer.promise, ended.promise])) === "answered";
      seen.heldMs = Math.max(seen.heldMs, loopMs(pid) - usedBefore);
      seen.worstMs = Math.max(seen.worstMs, performance.now() - startedAt);
      await Bun.sleep(LOOK_MS);
    }
    socket.destroy();
  }
  return seen;
}

/** @returns the processor time of the thread with the event loop: https://docs.kernel.org/scheduler/sched-stats.html */
function loopMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8");
  return Number(text.split(" ")[0]) / 1e6;
}

/**
 * The thread that shows the fleet that its replica lives, also while the event loop is busy, and that sees which others do
 * not. `beats.ts` starts it; nothing imports it.
 */
import { Client } from "../../connect/client.ts";
import { BeatMemory } from "./beat-memory.ts";
import type { BeatMessage, BeatOrders } from "./beats.ts";
import { Judge, type Seen } from "./judge.ts";
import { takeOver } from "./take-over.ts";

const BEAT = `
with mine as (
  update "actiond".replicas set beat = beat + 1 where id = $1::uuid and not dead returning 1
)
select p.id, p.beat, (select count(*)::int from mine) from "actiond".replicas p where not p.dead`;

/** Its beat may have come just now. */
const MARK = `
update "actiond".replicas set dead = true where id = $1::uuid and beat = $2::int8 and not dead returning 1`;

if (!Bun.isMainThread)
  addEventListener("message", ({ data }: MessageEvent<BeatOrders>) => {
    void beatForEver(data);
  });

async function beatForEver(orders: BeatOrders): Promise<never> {
  const { target, me, leaseMs, stallMs } = orders;
  const urls = target.urls.map((url) => new URL(url));
  const everyMs = leaseMs / 6;
  const deadlineMs = Math.min(5000, leaseMs / 2);
  const client = new Client({ ...target, urls }, { deadlineMs });
  const memory = new BeatMemory(orders.buffer);
  const judge = new Judge(leaseMs);
  let pulse = { value: memory.pulse, since: performance.now() };
  for (;;) {
    const startedAt = performance.now();
    if (memory.pulse !== pulse.value)
      pulse = { value: memory.pulse, since: startedAt };
    // A replica whose event loop stands still works on nothing.
    if (startedAt - pulse.since < stallMs)
      try {
        await beat();
      } catch {
        // The event loop sees how long ago the last beat was.
      }
    await Bun.sleep(Math.max(0, everyMs - (performance.now() - startedAt)));
  }

  async function beat(): Promise<void> {
    const rows = await client.query(BEAT, [me]);
    if ((rows[0]?.[2] ?? 0) !== 1) {
      tell({ kind: "dead" });
      return;
    }
    memory.beat();
    const all = rows.map(([id, value]): Seen => {
      return { id: id as string, beat: String(value) };
    });
    tell({ kind: "living", count: all.length });
    const others = all.filter(({ id }) => id !== me);
    for (const { id, beat: last } of judge.look(others, performance.now())) {
      const marked = await client.query(MARK, [id, last]);
      if (marked.length > 0) tell({ kind: "buried", id });
    }
    await takeOver(client, orders.channel);
  }
}

function tell(message: BeatMessage): void {
  postMessage(message);
}

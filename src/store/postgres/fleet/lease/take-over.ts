/** Taking over what dead replicas have left, and leaving the fleet. */
import { interrupted } from "../../../../run/take-up.ts";
import { Client } from "../../connect/client.ts";
import type { Target } from "../../connect/target.ts";
import { sendNotices } from "../bell.ts";

const TAKE_OVER = `select queued_count, freed_count, ended from "actiond".take_over_v1($1::int8, $2)`;
const LEAVE = `update "actiond".replicas set dead = true where id = $1::uuid`;

/** Gives away whatever dead replicas still have: their runs, the slots of their code, and their deliveries. */
export async function takeOver(
  client: Pick<Client, "query">,
  channel: string,
): Promise<void> {
  const { error } = interrupted();
  const [row] = await client.query(TAKE_OVER, [
    Date.now(),
    JSON.stringify(error),
  ]);
  const [queued, freed, ended] = row as unknown as [number, number, string[]];
  const notices = [
    ...(queued + freed > 0 ? ["q"] : []),
    ...(freed > 0 || ended.length > 0 ? ["d"] : []),
    ...ended.map((id) => `f${id}`),
  ];
  await sendNotices(client, channel, notices);
}

/**
 * Ends this replica's part in the fleet: what it still has is given away at once. Nothing of it may be under way any more.
 * When the database does not answer, the others find out by themselves.
 */
export async function leave(
  target: Target,
  { me, channel }: { me: string; channel: string },
): Promise<void> {
  await using client = new Client(target);
  try {
    await client.query(LEAVE, [me]);
    await takeOver(client, channel);
  } catch {
    // The others see that it does not beat any more.
  }
}

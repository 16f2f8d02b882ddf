/** What holds besides the outcomes: slots and processes. */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { makeGate } from "../scenarios/gate.ts";
import { isIsolated } from "./plan.ts";
import { type Asked, type TableServer, until } from "./table-server.ts";
import { PLACE_NAMES, TABLE } from "./table.ts";

/**
 * Of runs that were running, those that were ended keep their slot only where their code cannot be stopped. Where it
 * can, and is deaf, its process is gone.
 *
 * @param before the children while all of them were running
 */
export async function checkStopped(
  server: TableServer,
  asked: readonly Asked[],
  before: readonly number[],
): Promise<void> {
  const isStopped = ({ verb }: Asked) => TABLE.running[verb].stopsCode === true;
  for (const place of PLACE_NAMES) {
    const here = asked.filter((each) => each.place === place);
    const { length } = here.filter(isStopped);
    const abandoned = place === "in-process, deaf" ? length : 0;
    await until(async () => (await server.count(place)).abandoned <= abandoned);
    const running = here.length - length;
    expect(await server.count(place)).toEqual({ running, abandoned });
  }
  const killed = asked.filter(
    (each) =>
      isStopped(each) &&
      isIsolated(each) &&
      each.place !== "process, cooperative",
  );
  expect(before.filter(isGone)).toHaveLength(killed.length);
}

/** After everything has ended each slot can be taken again. */
export async function checkFree(
  server: TableServer,
  count: number,
): Promise<void> {
  for (const place of PLACE_NAMES)
    await until(async () => (await server.count(place)).abandoned === 0);
  const gate = makeGate();
  for (let index = 0; index < count; index += 1) {
    const id = await server.occupy("in-process, cooperative", gate.input);
    await until(
      async () => (await server.json(`/api/runs/${id}`)).status !== 0,
    );
  }
  gate.open();
}

/** The server ends, and every process that it has started with it. */
export async function checkStop(server: TableServer): Promise<void> {
  const children = server.children();
  expect(await server.stop()).toBe(0);
  expect(children.filter((pid) => !isGone(pid))).toEqual([]);
}

function isGone(pid: number): boolean {
  return !existsSync(`/proc/${pid}`);
}

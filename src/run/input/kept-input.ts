/** Reads the input of a run again when its turn has come: while it waits, only the store has it. */
import type { ByteBudget } from "../../byte-budget.ts";
import { ServerError } from "../../errors.ts";
import { failed } from "../../execute/outcome.ts";
import type { ActiveRun } from "../active/active-run.ts";
import type { Outcome } from "../run.ts";
import type { RunStore } from "../store.ts";
import { memoryOf } from "./held-input.ts";
import type { InputReader } from "./input-reader.ts";

interface Parts {
  readonly store: Pick<RunStore, "find">;
  readonly inputs: InputReader;
  readonly held: ByteBudget;
}

/**
 * Gives the run its input, where it has none.
 *
 * @returns the outcome of a run whose input its action does not take any more, or that was ended meanwhile
 */
export async function readKeptInput(
  run: ActiveRun,
  { store, inputs, held }: Parts,
): Promise<Outcome | undefined> {
  const { entry, owner } = run;
  await run.recorded;
  const kept = await store.find(run.id);
  if (kept === undefined)
    throw new Error(`The run ${run.id}, which is to start, is missing.`);
  const bytes = new TextEncoder().encode(kept.input);
  try {
    const room = memoryOf(bytes.length);
    const hold =
      room === 0 ? undefined : await held.take(owner, room, run.signal);
    run.give(undefined, hold);
    const { value } = await inputs.read(bytes, entry, { owner, hasKey: false });
    run.give(value, hold);
    return undefined;
  } catch (error) {
    if (run.isEndedEarly) return await run.endedEarly;
    if (!(error instanceof ServerError)) throw error;
    return failed(
      "invalid_input",
      `The input does not match the input schema that ${entry.address} has since the server started again.`,
    );
  }
}

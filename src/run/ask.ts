/**
 * Everything a caller wants of an action, answered: the run is accepted, waited for, detached from, or found again.
 * HTTP and every other face only render the answer.
 */
import { ServerError } from "../errors.ts";
import type { RunAcceptor, RunRequest } from "./accept.ts";
import type { RunEvents } from "./events.ts";
import type { News } from "./elsewhere/news.ts";
import {
  isFinished,
  type Outcome,
  outcomeOf,
  type Run,
  type RunId,
} from "./run.ts";
import type { RunStore } from "./store.ts";
import { waitElsewhere, waitForOutcome, waitOrDetach } from "./wait.ts";

export interface Question extends RunRequest {
  /** Its signal aborts when the connection of the caller breaks. */
  readonly connection: { readonly signal: AbortSignal };
  /** Whether a broken connection cancels the run. */
  readonly onDisconnect: "continue" | "cancel";
  /** Is called with the id of the run as soon as there is one, before anything is known of its outcome. */
  readonly onAccepted?: (id: RunId) => void;
}

/**
 * - `outcome`: the run has ended, and the caller is told how
 * - `detached`: the caller is told "async-return"; from now on the outcome belongs to the callback
 */
export type Answer = {
  readonly runId: RunId;
  /** The run is that of an earlier request with the same idempotency key. */
  readonly isRepeat: boolean;
} & (
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "detached" }
);

export interface AskParts {
  readonly acceptor: RunAcceptor;
  readonly store: RunStore;
  readonly events: RunEvents;
  readonly news: News;
}

/**
 * Nobody is told of a run before it is on disk.
 *
 * @throws {ServerError} what `RunAcceptor.accept` refuses; with the id of the run where there is one:
 *   `store_unavailable`, `shutting_down`
 */
export async function ask(
  question: Question,
  parts: AskParts,
): Promise<Answer> {
  const accepting = parts.acceptor.accept(question);
  const accepted = accepting instanceof Promise ? await accepting : accepting;
  if ("kept" in accepted) return await replay(accepted.kept, question, parts);
  const { run, isRepeat } = accepted;
  question.onAccepted?.(run.id);
  try {
    if (isRepeat) {
      await run.recorded;
      parts.events.publish(run, { kind: "repeated", by: question.caller });
    }
    // A caller that does not wait is told the same, however fast the run is.
    let told: Outcome | "detached" | undefined =
      question.waitMs === 0 ? "detached" : run.outcome;
    if (told !== undefined) await run.recorded;
    else if (isRepeat)
      // For a repeated request the run's channel stays what it is.
      told = (await waitForOutcome(run, question.waitMs)) ?? "detached";
    else told = await waitOrDetach(run, question, parts);
    if (told === "detached") return { kind: told, runId: run.id, isRepeat };
    return { kind: "outcome", outcome: told, runId: run.id, isRepeat };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    // Only a run that could not be recorded does not exist.
    const isRecorded = await run.recorded.then(
      () => true,
      () => false,
    );
    throw isRecorded ? error.about(run.id) : error;
  }
}

/** What the caller of an earlier request was told, for one that repeats it when no code of the run is called here. */
async function replay(
  earlier: Run,
  { caller, waitMs }: Question,
  { events, news, store }: AskParts,
): Promise<Answer> {
  const { id } = earlier;
  events.publish(earlier, { kind: "repeated", by: caller });
  let run: Run | undefined = earlier;
  if (!isFinished(earlier) && waitMs > 0) {
    await waitElsewhere(id, waitMs, { news });
    run = await store.find(id);
  }
  const about = { runId: id, isRepeat: true };
  if (run === undefined || run.detached || !isFinished(run))
    return { ...about, kind: "detached" };
  return { ...about, kind: "outcome", outcome: outcomeOf(run) };
}

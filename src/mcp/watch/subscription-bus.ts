/** What changes, for the streams of `subscriptions/listen`: each hears only of runs that its caller sees. */
import {
  InMemoryServerEventBus,
  type ServerEvent,
  type ServerEventBus,
} from "@modelcontextprotocol/server";
import type { Caller } from "../../access/caller.ts";
import type { RunEvents, RunFacts } from "../../run/events.ts";
import { isVisible } from "../../run/view.ts";
import { toRunUri } from "./run-resources.ts";
import { watchStates } from "./watch-states.ts";

export class SubscriptionBus implements ServerEventBus, Disposable {
  readonly #inner = new InMemoryServerEventBus();
  readonly #watch: Disposable;
  readonly #whoAsks: () => Caller | undefined;
  /** The run of the event that is being told. */
  #told: Pick<RunFacts, "owner"> | undefined;

  /** @param whoAsks finds the caller of the request that is being answered */
  constructor(events: RunEvents, whoAsks: () => Caller | undefined) {
    this.#whoAsks = whoAsks;
    this.#watch = watchStates(events, (run) => {
      if (this.#inner.listenerCount === 0) return;
      this.#told = run;
      this.publish({ kind: "resource_updated", uri: toRunUri(run.id) });
      this.#told = undefined;
    });
  }

  publish(event: ServerEvent): void {
    this.#inner.publish(event);
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const caller = this.#whoAsks();
    return this.#inner.subscribe((event) => {
      const run = this.#told;
      if (run === undefined || (caller && isVisible(caller, run)))
        listener(event);
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

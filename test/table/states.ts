/** Brings runs into each state, and lets them go on from there. */
import { makeGate } from "../scenarios/gate.ts";
import {
  type Asked,
  type Stage,
  type TableRun,
  TooSoonError,
  until,
} from "./stage.ts";
import type { State } from "./table.ts";

/** Runs that are in a state. */
export interface Held {
  readonly runs: readonly TableRun[];
  /** Nothing can be recorded now: what asks for that waits until the runs are let go. */
  readonly isLocked: boolean;
  /** Lets the runs go on: their code's own end comes after what was done to them. */
  release(): void;
}

type Bring = (stage: Stage, asked: readonly Asked[]) => Promise<Held>;

export const BRING: Readonly<Record<State, Bring>> = {
  async queued(stage, asked) {
    const blocker = makeGate();
    for (let count = 0; count < asked.length; count += 1)
      await stage.occupy("in-process, cooperative", blocker.input);
    const runs = await beginAll(stage, asked, 0);
    return {
      runs,
      isLocked: false,
      release() {
        // What starts now must end before its deadline for running.
        stage.gate.open();
        blocker.open();
      },
    };
  },

  /** Their turn has come, and that cannot be recorded. */
  async starting(stage, asked) {
    const blocker = makeGate();
    // Code that goes on after its run has ended: it gives its slot back without a record.
    for (let count = 0; count < asked.length; count += 1) {
      const id = await stage.occupy("in-process, deaf", blocker.input);
      await stage.json(`/api/runs/${id}/cancel`, "POST");
    }
    const runs = await beginAll(stage, asked, 0);
    const lock = stage.lock();
    blocker.open();
    await Promise.all(runs.map(stage.untilUnrecorded));
    return {
      runs,
      isLocked: true,
      release() {
        stage.gate.open();
        lock[Symbol.dispose]();
      },
    };
  },

  async running(stage, asked) {
    const runs = await beginAll(stage, asked, 1);
    const release = () => {
      stage.gate.open();
    };
    return { runs, isLocked: false, release };
  },

  /** Their first attempt failed, and another run of their key has their slot. */
  async "backing off"(stage, asked) {
    const blocker = makeGate();
    const failing = makeGate();
    const begin = async (each: Asked) => {
      const key = Bun.randomUUIDv7();
      const run = await stage.begin(each, { failing: failing.input.path, key });
      await stage.occupy(each.place, { ...blocker.input, key });
      return run;
    };
    const runs = await Promise.all(asked.map(begin));
    failing.open();
    for (const { id } of runs)
      await until(async () => {
        const run = await stage.json(`/api/runs/${id}`);
        return run.next_attempt_time !== null;
      });
    return {
      runs,
      isLocked: false,
      release() {
        stage.gate.open();
        blocker.open();
      },
    };
  },

  /** Their code has ended, and that cannot be recorded. */
  async "just finished"(stage, asked) {
    const runs = await beginAll(stage, asked, 1);
    const lock = stage.lock();
    stage.gate.open();
    await Promise.all(runs.map(stage.untilUnrecorded));
    const release = () => {
      lock[Symbol.dispose]();
    };
    return { runs, isLocked: true, release };
  },

  async finished(stage, asked) {
    const runs = await beginAll(stage, asked, 1);
    stage.gate.open();
    await Promise.all(
      runs.map(({ id }) => stage.json(`/api/runs/${id}?wait=10`)),
    );
    await Promise.all(runs.map(({ reply }) => reply));
    return { runs, isLocked: false, release: () => {} };
  },
};

async function beginAll(stage: Stage, asked: readonly Asked[], status: number) {
  const runs = await Promise.all(asked.map((each) => stage.begin(each)));
  const hasArrived = async ({ id, verb }: TableRun) => {
    const found = await stage.json(`/api/runs/${id}`);
    if (found.status > status)
      throw new TooSoonError(`The run of "${verb}" is ${found.state} already.`);
    return found.status === status;
  };
  for (const run of runs) await until(() => hasArrived(run));
  return runs;
}

/** Brings runs into each state, and lets them go on from there. */
import { makeGate } from "../scenarios/gate.ts";
import {
  type Asked,
  type TableServer,
  type TableRun,
  TooSoonError,
  until,
} from "./table-server.ts";
import type { State } from "./table.ts";

/** Runs that are in a state. */
export interface Held {
  readonly runs: readonly TableRun[];
  /** Nothing can be recorded now: what asks for that waits until the runs are let go. */
  readonly isLocked: boolean;
  /** Lets the runs go on: their code's own end comes after what was done to them. */
  release(): void;
}

type Bring = (server: TableServer, asked: readonly Asked[]) => Promise<Held>;

export const BRING: Readonly<Record<State, Bring>> = {
  async queued(server, asked) {
    const blocker = makeGate();
    for (let count = 0; count < asked.length; count += 1)
      await server.occupy("in-process, cooperative", blocker.input);
    const runs = await beginAll(server, asked, 0);
    return {
      runs,
      isLocked: false,
      release() {
        // What starts now must end before its deadline for running.
        server.gate.open();
        blocker.open();
      },
    };
  },

  /** Their turn has come, and that cannot be recorded. */
  async starting(server, asked) {
    const blocker = makeGate();
    // Code that goes on after its run has ended: it gives its slot back without a record.
    for (let count = 0; count < asked.length; count += 1) {
      const id = await server.occupy("in-process, deaf", blocker.input);
      await server.json(`/api/runs/${id}/cancel`, "POST");
    }
    const runs = await beginAll(server, asked, 0);
    const lock = server.lock();
    blocker.open();
    await Promise.all(runs.map(server.untilUnrecorded));
    return {
      runs,
      isLocked: true,
      release() {
        server.gate.open();
        lock[Symbol.dispose]();
      },
    };
  },

  async running(server, asked) {
    const runs = await beginAll(server, asked, 1);
    const release = () => {
      server.gate.open();
    };
    return { runs, isLocked: false, release };
  },

  /** Their first attempt failed, and another run of their key has their slot. */
  async "backing off"(server, asked) {
    const blocker = makeGate();
    const failing = makeGate();
    const begin = async (each: Asked) => {
      const key = Bun.randomUUIDv7();
      const run = await server.begin(each, {
        failing: failing.input.path,
        key,
      });
      await server.occupy(each.place, { ...blocker.input, key });
      return run;
    };
    const runs = await Promise.all(asked.map(begin));
    failing.open();
    for (const { id } of runs)
      await until(async () => {
        const run = await server.json(`/api/runs/${id}`);
        return run.next_attempt_time !== null;
      });
    return {
      runs,
      isLocked: false,
      release() {
        server.gate.open();
        blocker.open();
      },
    };
  },

  /** Their code has ended, and that cannot be recorded. */
  async "just finished"(server, asked) {
    const runs = await beginAll(server, asked, 1);
    const lock = server.lock();
    server.gate.open();
    await Promise.all(runs.map(server.untilUnrecorded));
    const release = () => {
      lock[Symbol.dispose]();
    };
    return { runs, isLocked: true, release };
  },

  async finished(server, asked) {
    const runs = await beginAll(server, asked, 1);
    server.gate.open();
    await Promise.all(
      runs.map(({ id }) => server.json(`/api/runs/${id}?wait=10`)),
    );
    await Promise.all(runs.map(({ reply }) => reply));
    return { runs, isLocked: false, release: () => {} };
  },
};

async function beginAll(
  server: TableServer,
  asked: readonly Asked[],
  status: number,
) {
  const runs = await Promise.all(asked.map((each) => server.begin(each)));
  const hasArrived = async ({ id, verb }: TableRun) => {
    const found = await server.json(`/api/runs/${id}`);
    if (found.status > status)
      throw new TooSoonError(`The run of "${verb}" is ${found.state} already.`);
    return found.status === status;
  };
  for (const run of runs) await until(() => hasArrived(run));
  return runs;
}

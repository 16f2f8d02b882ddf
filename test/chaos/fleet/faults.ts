/** What goes wrong: replicas, the database and the networks between them. */
import { readdirSync, readFileSync } from "node:fs";
import type { Cluster } from "../../postgres.ts";
import { between, pick, type Random } from "../random.ts";
import type { Replica } from "./replicas.ts";

export const FAULTS = [
  "kill",
  "kill",
  "stop",
  "stop",
  "term",
  "lose",
  "hold",
  "pg",
  "pgstop",
] as const;
export type Fault = (typeof FAULTS)[number];

interface Parts {
  readonly random: Random;
  readonly replicas: readonly Replica[];
  readonly cluster: Cluster;
  readonly leaseMs: number;
  /** Told of a process that the others may have taken for dead, before they can. */
  readonly onFrozen: (pid: number) => void;
}

/** Resolves when it is over. */
export async function inflict(fault: Fault, parts: Parts): Promise<void> {
  const { random, replicas, cluster, leaseMs, onFrozen } = parts;
  const replica = pick(random, replicas);
  const { pid, network } = replica;
  switch (fault) {
    case "kill":
      replica.signal("SIGKILL");
      return;
    case "term":
      replica.signal("SIGTERM");
      return;
    case "stop": {
      const ms = between(random, 500, 5500);
      if (ms > leaseMs * 0.6) onFrozen(pid);
      signalTo(pid, "SIGSTOP");
      await Bun.sleep(ms);
      signalTo(pid, "SIGCONT");
      return;
    }
    case "lose":
      network.change("lose");
      await Bun.sleep(between(random, 5, 300));
      network.change("carry");
      return;
    case "hold": {
      const ms = between(random, 500, 5500);
      if (ms > leaseMs * 0.6) onFrozen(pid);
      network.change("hold");
      await Bun.sleep(ms);
      network.change("carry");
      return;
    }
    case "pg":
      signalAll(cluster.pid, "SIGKILL");
      await Bun.sleep(between(random, 100, 1500));
      await cluster.start();
      return;
    case "pgstop":
      signalAll(cluster.pid, "SIGSTOP");
      await Bun.sleep(between(random, 3000, 7000));
      signalAll(cluster.pid, "SIGCONT");
      return;
  }
}

/** To a process and its children, the children first. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  const children = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      return new RegExp(`^PPid:\\t${pid}$`, "m").test(status);
    } catch {
      return false;
    }
  });
  const pids = [pid, ...children.map(Number)];
  if (signal === "SIGCONT") pids.reverse();
  for (const each of pids) signalTo(each, signal);
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

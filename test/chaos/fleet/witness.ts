/** What the attempts themselves said: none was made twice, and no key had more of them at once than it may. */

interface Line {
  readonly kind: "start" | "end";
  readonly id: string;
  readonly attempt: number;
  readonly lane: string;
  readonly pid: number;
  readonly at: number;
}

/** How many runs of a key may run at once. */
const CONCURRENCY = 2;

/**
 * @param text lines of JSON, in the order in which they were written
 * @param options.endedAt when processes were killed, by pid: what they ran ended then
 * @param options.frozen pids of those that stood still for a lease or were cut off for as long: the others went on without them
 */
export function judgeWitness(
  text: string,
  {
    endedAt,
    frozen,
  }: { endedAt: ReadonlyMap<number, number>; frozen: ReadonlySet<number> },
): string[] {
  const lines = text
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Line);
  const violations: string[] = [];
  const attempts = new Map<string, { from: Line; to: number }>();
  for (const line of lines) {
    const name = `${line.id} ${line.attempt}`;
    const known = attempts.get(name);
    if (line.kind === "end") {
      if (known?.from.pid === line.pid) known.to = line.at;
    } else if (known === undefined) {
      attempts.set(name, { from: line, to: endedAt.get(line.pid) ?? Infinity });
    } else {
      violations.push(
        `an attempt was made twice: ${JSON.stringify([known.from, line])}`,
      );
    }
  }
  const counted = [...attempts.values()].filter(
    ({ from }) => from.lane !== "" && !frozen.has(from.pid),
  );
  for (const [lane, all] of Map.groupBy(counted, ({ from }) => from.lane))
    for (const one of all) {
      const { at } = one.from;
      const atOnce = all.filter(({ from, to }) => from.at <= at && at < to);
      if (atOnce.length > CONCURRENCY)
        violations.push(
          `${atOnce.length} of the key ${lane} at once: ${JSON.stringify(atOnce)}`,
        );
    }
  return violations;
}

/** The options of `actiond serve` about where the code of actions runs. */
import { availableParallelism } from "node:os";
import type { Option } from "commander";
import { toByteCount, toInteger, UnitError } from "../units.ts";
import { makeOption } from "./option.ts";
import { toTimer } from "./values.ts";

const MAX_CHILDREN = 1000;
const LEAST_CHILD_MEMORY = "64MB";

export function isolationOptions(): Option[] {
  return [
    makeOption(
      "--isolation <where>",
      "where the code of actions runs that do not say it themselves",
      "in-process",
      String,
    ).choices(["in-process", "process"]),
    makeOption(
      "--children <count>",
      "child processes that are kept ready for isolated actions",
      "2",
      (text) => toInteger(text, 0, MAX_CHILDREN),
    ),
    makeOption(
      "--max-children <count>",
      "child processes at most, which is how many isolated runs there are at once; cores: as many as the machine has, but at least 2",
      "cores",
      (text) =>
        text === "cores"
          ? Math.max(2, availableParallelism())
          : toInteger(text, 1, MAX_CHILDREN),
    ),
    makeOption(
      "--child-memory <size>",
      "memory beyond which a child process is replaced, and its run fails",
      "512MB",
      toChildMemory,
    ),
    makeOption(
      "--grace <duration>",
      "time an isolated run has after its signal aborted, before its process is killed",
      "2s",
      toTimer,
    ),
  ];
}

/** An empty child has about a quarter of that. */
function toChildMemory(text: string): number {
  const count = toByteCount(text);
  if (count < toByteCount(LEAST_CHILD_MEMORY))
    throw new UnitError(`It must be at least ${LEAST_CHILD_MEMORY}.`);
  return count;
}

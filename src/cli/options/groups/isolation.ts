/** The options about actions that run in child processes. */
import { availableParallelism } from "node:os";
import { toByteCount, toInteger, UnitError } from "../../../units.ts";
import { choice, option, under } from "../option.ts";
import { toTimer } from "../values.ts";

const MAX_CHILDREN = 1000;
/** An empty child uses about a quarter of this. */
const MIN_CHILD_MEMORY = "64MB";

export const isolationOptions = under("Isolation:", {
  isolation: choice("--isolation", ["in-process", "process"], {
    help: "Where an action runs unless its definition says otherwise: in the server's own process or in a child process",
    default: "in-process",
  }),
  children: option("--children <count>", {
    help: "Number of child processes that are kept ready for isolated actions",
    default: "2",
    parse: (text) => toInteger(text, 0, MAX_CHILDREN),
  }),
  maxChildren: option("--max-children <count>", {
    help: "Largest number of child processes, and so of isolated runs, at once; cores means one per core, but at least 2",
    default: "cores",
    parse: (text) =>
      text === "cores"
        ? Math.max(2, availableParallelism())
        : toInteger(text, 1, MAX_CHILDREN),
  }),
  childMemory: option("--child-memory <size>", {
    help: "Memory that a child process may use; if it uses more, its run fails and the process is replaced",
    default: "512MB",
    parse: toChildMemory,
  }),
  graceMs: option("--grace <duration>", {
    help: "Time that an isolated run has to end after its signal aborts, before its process is killed",
    default: "2s",
    parse: toTimer,
  }),
});

function toChildMemory(text: string): number {
  const count = toByteCount(text);
  if (count < toByteCount(MIN_CHILD_MEMORY))
    throw new UnitError(`It must be at least ${MIN_CHILD_MEMORY}.`);
  return count;
}

/** The options about what is kept, and how safely. */
import { toDuration } from "../../units.ts";
import { choice, option, under } from "./option.ts";
import { CENTURY_MS, toCountLimit } from "./values.ts";

export const storageOptions = under("Storage:", {
  keepRunsMs: option("--keep-runs <duration>", {
    help: "How long finished runs are kept, or forever",
    default: "30d",
    parse: (text) =>
      text === "forever" ? Infinity : toDuration(text, CENTURY_MS),
  }),
  keepCount: option("--keep-count <count>", {
    help: "Largest number of runs that are kept, or all",
    default: "all",
    parse: toCountLimit("all", Number.MAX_SAFE_INTEGER),
  }),
  durability: choice("--durability", ["full", "normal"], {
    help: "What a run that a caller was told of survives: full, a power cut; normal, a crash of the process",
    default: "full",
  }),
});

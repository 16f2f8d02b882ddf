/** The options about what is kept, and how safely. */
import { toByteCount, toDuration } from "../../../units.ts";
import { choice, option, under } from "../option.ts";
import { CENTURY_MS, toCountLimit } from "../values.ts";

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
  minFreeDiskBytes: option("--min-free-disk <size>", {
    help: "Free disk space below which new runs are refused with 503; none for no limit",
    default: "100MB",
    parse: (text) => (text === "none" ? 0 : toByteCount(text)),
  }),
  durability: choice("--durability", ["full", "normal"], {
    help: "What acknowledged runs survive: full means a power cut, normal means a crash of the process",
    default: "full",
  }),
});

/** `actiond doctor`: says on one page how a data folder is. */
import { writeReport } from "./doctor/report.ts";
import { storageOptions } from "../options/groups/storage.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

const { keepRunsMs, keepCount, minFreeDiskBytes } = storageOptions;

export const doctorCommand = defineCommand({
  name: "doctor",
  description:
    "Examines a data folder, even while a server is using it: damage, sizes, old runs, dead callbacks, wrong modes, and what would be deleted. It changes nothing, and exits with 1 if something is wrong.",
  examples: [
    "actiond doctor /var/lib/actiond",
    "actiond doctor /var/lib/actiond --keep-runs 7d",
  ],
  arguments: {
    data: { help: "Folder in which runs are kept", parse: toPath },
  },
  options: { keepRunsMs, keepCount, minFreeDiskBytes },
  async run(config, { write }) {
    const { examine } = await import("../../store/sqlite/examine/examine.ts");
    const now = Date.now();
    const found = examine(config.data, { ...config, now });
    const { text, isWell } = writeReport(found, { ...config, now });
    write(text);
    return isWell ? 0 : 1;
  },
});

/** `actiond doctor`: says on one page how a data folder, or a shared database, is. */
import { UsageError } from "../../errors.ts";
import { writeFleetReport } from "./doctor/fleet-report.ts";
import { writeReport } from "./doctor/report.ts";
import { databaseOptions } from "../options/groups/fleet.ts";
import { storageOptions } from "../options/groups/storage.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

const { keepRunsMs, keepCount, minFreeDiskBytes } = storageOptions;

export const doctorCommand = defineCommand({
  name: "doctor",
  description:
    "Checks a data folder or the database of a fleet, even while it is in use. Changes nothing, and exits with 1 if something is wrong.",
  examples: [
    "actiond doctor /var/lib/actiond",
    "actiond doctor /var/lib/actiond --keep-runs 7d",
    "ACTIOND_DATABASE_URL=postgres://… actiond doctor",
  ],
  arguments: {
    data: {
      help: "Folder in which runs are stored",
      parse: (text): string | undefined => toPath(text),
      isOptional: true,
    },
  },
  options: {
    ...databaseOptions,
    keepRunsMs,
    keepCount,
    minFreeDiskBytes,
  },
  async run(config, { write }) {
    const { data, databaseSchema: schema } = config;
    const now = Date.now();
    // A folder that is named is meant, whatever the environment says.
    if (data !== undefined) {
      const { examine } = await import("../../store/sqlite/examine/examine.ts");
      const found = examine(data, { ...config, now });
      const { text, isWell } = writeReport(found, { ...config, data, now });
      write(text);
      return isWell ? 0 : 1;
    }
    const { findDatabaseUrl } = await import("../../store/database-url.ts");
    const url = findDatabaseUrl(config);
    if (url === undefined)
      throw new UsageError(
        "Give the data folder, or the database with --database-url.",
      );
    const [{ examineFleet }, { describeTarget, toTarget }] = await Promise.all([
      import("../../store/postgres/upkeep/examine.ts"),
      import("../../store/postgres/connect/target.ts"),
    ]);
    const target = toTarget(url, schema);
    const found = await examineFleet(target, { ...config, now });
    const database = describeTarget(target);
    const asked = { ...config, database, schema, now };
    const { text, isWell } = writeFleetReport(found, asked);
    write(text);
    return isWell ? 0 : 1;
  },
});

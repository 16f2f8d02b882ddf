/** `actiond import`: moves what a data folder has into a database that replicas share. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { databaseOptions } from "../options/groups/fleet.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

export const importCommand = defineCommand({
  name: "import",
  description:
    "Copies the runs, callbacks, logs and keys of a data folder that no server is using into the database of a fleet. An interrupted import continues where it stopped.",
  examples: [
    "ACTIOND_DATABASE_URL=postgres://… actiond import /var/lib/actiond",
  ],
  arguments: {
    data: { help: "Folder in which runs are stored", parse: toPath },
  },
  options: databaseOptions,
  async run(config, { write, note }) {
    const { data: folder, databaseSchema: schema } = config;
    const { getDatabaseUrl } = await import("../../store/database-url.ts");
    const url = getDatabaseUrl(config);
    if (!existsSync(join(folder, "actiond.db")))
      throw new UsageError(`There is no database in ${folder}.`);
    const [{ importInto }, { toTarget }] = await Promise.all([
      import("../../store/postgres/upkeep/import.ts"),
      import("../../store/postgres/connect/target.ts"),
    ]);
    let saidAt = Date.now();
    const imported = await importInto(toTarget(url, schema), {
      folder,
      now: Date.now(),
      onProgress(runCount) {
        if (Date.now() - saidAt < SAY_MS) return;
        saidAt = Date.now();
        note(`Moved ${runCount} runs so far.\n`);
      },
    });
    const { runCount, keyCount, interruptedCount } = imported;
    write(
      `Moved ${runCount} runs and ${keyCount} keys. ${interruptedCount} of the runs were running and are interrupted.\n`,
    );
    const artifacts = join(folder, "artifacts");
    if (existsSync(artifacts))
      note(
        `The files that runs have left are not in the database yet: copy ${artifacts} into the data folder (--data) of one replica, which moves them there when it starts.\n`,
      );
    return 0;
  },
});

/** How often it says how far it is. */
const SAY_MS = 5000;

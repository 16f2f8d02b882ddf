/** `actiond migrate`: brings a database that replicas share to the version of this program. */
import { databaseOptions } from "../options/groups/fleet.ts";
import { flag } from "../options/option.ts";
import { defineCommand } from "../parse/command.ts";

export const migrateCommand = defineCommand({
  name: "migrate",
  description:
    "Creates or updates the tables of a fleet while replicas of the previous version keep running. Replicas do this themselves at start if they have the rights.",
  examples: [
    "ACTIOND_DATABASE_URL=postgres://… actiond migrate",
    "ACTIOND_DATABASE_URL=postgres://… actiond migrate --check",
  ],
  arguments: {},
  options: {
    ...databaseOptions,
    check: flag(
      "--check",
      "Change nothing, and exit with 1 if there is something to do",
    ),
  },
  async run({ check, ...config }, { write }) {
    const [{ getDatabaseUrl }, { lookAtSchema, migrateTarget }, { toTarget }] =
      await Promise.all([
        import("../../store/database-url.ts"),
        import("../../store/postgres/open.ts"),
        import("../../store/postgres/connect/target.ts"),
      ]);
    const target = toTarget(getDatabaseUrl(config), config.databaseSchema);
    const { version, knownVersion } = await lookAtSchema(target);
    if (check) {
      const isDone = version >= knownVersion;
      write(
        `The tables have version ${version}; this program knows ${knownVersion}. ${isDone ? "There is nothing to do." : "They have to be migrated."}\n`,
      );
      return isDone ? 0 : 1;
    }
    const { before, after } = await migrateTarget(target);
    write(
      before === after
        ? `The tables have version ${after} already.\n`
        : `The tables were brought from version ${before} to ${after}.\n`,
    );
    return 0;
  },
});

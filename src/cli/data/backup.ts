/** `actiond backup`: copies a data folder. */
import { data } from "../options/groups/everyday.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

export const backupCommand = defineCommand({
  name: "backup",
  description:
    "Copies a data folder (the database and the artifacts of its runs), even while a server is using it.",
  examples: ["actiond backup /backups/monday --data /var/lib/actiond"],
  arguments: {
    folder: {
      help: "Where to write the copy; the folder must not exist yet",
      parse: toPath,
    },
  },
  options: { data },
  async run(config, { write }) {
    const { backup } = await import("../../store/sqlite/upkeep/backup.ts");
    const { databaseBytes, artifactCount, artifactBytes } =
      await backup(config);
    const artifacts =
      artifactCount === 1 ? "1 artifact" : `${artifactCount} artifacts`;
    write(
      `Copied the database (${databaseBytes} bytes) and ${artifacts} (${artifactBytes} bytes) to ${config.folder}.\n`,
    );
    return 0;
  },
});

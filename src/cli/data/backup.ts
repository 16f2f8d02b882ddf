/** `actiond backup`: copies the database of a data folder. */
import { data } from "../options/groups/everyday.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

export const backupCommand = defineCommand({
  name: "backup",
  description:
    "Copies the database of a data folder, even while a server is using it.",
  examples: ["actiond backup /backups/actiond.db --data /var/lib/actiond"],
  arguments: {
    file: {
      help: "Where to write the copy; the file must not exist yet",
      parse: toPath,
    },
  },
  options: { data },
  async run(config, { write }) {
    const { backup } = await import("../../store/sqlite/upkeep/backup.ts");
    write(`Copied ${backup(config)} bytes.\n`);
    return 0;
  },
});

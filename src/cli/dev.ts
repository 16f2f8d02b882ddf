/** `actiond dev`: serves a folder of actions and loads them again when their files change. */
import { serveOptions } from "./options/groups/serve-options.ts";
import { defineCommand } from "./parse/command.ts";

const { watch: _, ...devOptions } = serveOptions;

export const devCommand = defineCommand({
  name: "dev",
  description:
    "Serves a folder of actions and reloads them when their files change.",
  examples: ["actiond dev", "actiond dev --port 3000 --log-level debug"],
  arguments: {},
  options: devOptions,
  async run(config, context) {
    const { runServer } = await import("./serving.ts");
    const { findProject } = await import("../catalog/find-project.ts");
    const { writeSdk } = await import("../project/sdk-files.ts");
    try {
      await writeSdk(findProject(config.actions));
    } catch (error) {
      context.note(
        `actiond: Editors will not know the module "actiond", because its declarations cannot be written: ${(error as Error).message}.\n`,
      );
    }
    return await runServer({ ...config, watch: true }, context);
  },
});

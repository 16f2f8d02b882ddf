/** `actiond dev`: serves a folder of actions and loads them again when their files change. */
import { serveOptions } from "./options/serve-options.ts";
import { defineCommand } from "./parse/command.ts";

const { watch: _, ...devOptions } = serveOptions;

export const devCommand = defineCommand({
  name: "dev",
  description:
    "Serves a folder of actions, and loads them again when their files change.",
  examples: ["actiond dev", "actiond dev --port 3000 --log-level debug"],
  arguments: {},
  options: devOptions,
  async run(config, context) {
    const { runServer } = await import("./serving.ts");
    return await runServer({ ...config, watch: true }, context);
  },
});

/** `actiond serve`: serves a folder of actions until it is told to stop. */
import { serveOptions } from "./options/groups/serve-options.ts";
import { defineCommand } from "./parse/command.ts";

export const serveCommand = defineCommand({
  name: "serve",
  description: "Serves a folder of actions over HTTP.",
  examples: [
    "actiond serve --actions ./actions --port 8080",
    "ACTIOND_PORT=8080 actiond serve",
    "actiond serve --host 0.0.0.0 --api-key-file /run/secrets/api-key",
  ],
  arguments: {},
  options: serveOptions,
  async run(config, context) {
    const { runServer } = await import("./serving.ts");
    return await runServer(config, context);
  },
});

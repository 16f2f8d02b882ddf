/** `actiond mcp`: serves a folder of actions to one MCP client, over standard input and output. */
import { everydayOptions } from "./options/groups/everyday.ts";
import { isolationOptions } from "./options/groups/isolation.ts";
import { defaultsOf } from "./options/option.ts";
import { runOptions } from "./options/groups/runs.ts";
import { secretOptions } from "./options/groups/secrets.ts";
import { serveOptions } from "./options/groups/serve-options.ts";
import { storageOptions } from "./options/groups/storage.ts";
import { defineCommand } from "./parse/command.ts";

// What is about listening has no meaning here.
const { host: _host, port: _port, ...everyday } = everydayOptions;
const { maxWaitMs: _maxWait, ...runs } = runOptions;

export const mcpCommand = defineCommand({
  name: "mcp",
  description:
    "Serves a folder of actions to one MCP client, over standard input and output.",
  examples: [
    "actiond mcp --actions /home/me/actions --data /home/me/.actiond-mcp",
  ],
  arguments: {},
  options: {
    ...everyday,
    ...runs,
    ...isolationOptions,
    ...storageOptions,
    ...secretOptions,
    childEnvironment: serveOptions.childEnvironment,
  },
  async run(config, context) {
    const all = { ...defaultsOf(serveOptions), ...config };
    return await (await import("./serving.ts")).runMcp(all, context);
  },
});

/** `actiond start`: serves a folder of actions with the command line of Sema4.ai's Action Server. */
import { serveOptions } from "../options/groups/serve-options.ts";
import { defineCommand } from "../parse/command.ts";
import { originalOptions } from "./original-options.ts";

export const startCommand = defineCommand({
  name: "start",
  description:
    "Serves a folder of actions with the command line of Sema4.ai's Action Server. Actions run in child processes by default.",
  examples: [
    "actiond start --dir ./greeter --port 8080",
    "actiond start --address 0.0.0.0 --api-key-file /run/secrets/api-key",
  ],
  arguments: {},
  options: {
    ...serveOptions,
    // The original runs every action in a process of its own.
    isolation: {
      ...serveOptions.isolation,
      default: "process",
      whenMissing: () => "process" as const,
    },
    host: {
      ...serveOptions.host,
      default: "localhost",
      whenMissing: () => "localhost",
    },
    ...originalOptions,
  },
  async run(given, context) {
    const [{ runServer }, { toServeConfig }, { toFilter }] = await Promise.all([
      import("../serving.ts"),
      import("./to-config.ts"),
      import("./whitelist.ts"),
    ]);
    const [{ writeServerInfo }, { watchParent }] = await Promise.all([
      import("./server-info.ts"),
      import("./watch-parent.ts"),
    ]);
    const { config, notes } = toServeConfig(given);
    for (const note of notes) context.note(`actiond: ${note}\n`);
    const { whitelist = "", parentPid = 0 } = given;
    return await runServer(config, {
      ...context,
      mayBeEmpty: true,
      ...(whitelist === "" ? {} : { accepts: toFilter(whitelist) }),
      onStarted({ url, stop }) {
        const opened = new DisposableStack();
        opened.use(writeServerInfo(config, url));
        if (parentPid !== 0)
          opened.use(watchParent(parentPid, () => stop("parent")));
        context.note(`\n  Local Action Server: ${url}\n\n`);
        return opened;
      },
    });
  },
});

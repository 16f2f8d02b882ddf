/** `actiond run`: runs one action, here or on a server. */
import { UsageError } from "../../errors.ts";
import { UnitError } from "../../units.ts";
import { everydayOptions } from "../options/groups/everyday.ts";
import { flag, optional, under } from "../options/option.ts";
import { keyOptions, toServerUrl } from "../options/groups/remote.ts";
import { secretOptions } from "../options/groups/secrets.ts";
import { toLogFormat } from "../options/log-format.ts";
import { defineCommand } from "../parse/command.ts";

const { actions, logFormat, logLevel } = everydayOptions;

export const runCommand = defineCommand({
  name: "run",
  description:
    "Runs one action, locally or on a server, and prints its result.",
  examples: [
    "actiond run greeter/greet --name Ada",
    `actiond run greeter/greet --input '{"name": "Ada"}'`,
    "actiond run greeter/greet --input @input.json > result.json",
    "actiond run greeter/greet --url http://127.0.0.1:8080 --wait --name Ada",
  ],
  arguments: {
    address: {
      help: "Address of the action, such as greeter/greet",
      parse: toAddress,
    },
  },
  rest: "Members of the input, such as --name Ada",
  options: {
    input: optional("--input <json>", {
      help: "Input as JSON, @FILE for a file that holds it, or - for standard input",
      parse: String,
    }),
    actions,
    ...secretOptions,
    logLevel,
    logFormat,
    ...under("On a server:", {
      url: optional("--url <url>", {
        help: "URL of a server that runs the action; without this option, it runs locally",
        parse: toServerUrl,
      }),
      ...keyOptions,
      async: flag(
        "--async",
        "Print the id of the run without waiting for it for it",
      ),
      wait: flag("--wait", "Print the log of the run until it has ended"),
    }),
  },
  async run(config, context) {
    // Taken before actions are loaded: guards make it throw in action code.
    const exit = process.reallyExit.bind(process);
    const { url } = config;
    if (url !== undefined) {
      if (config.secretsFile !== undefined)
        throw new UsageError(
          "--secrets-file is only for running an action locally: a server has its own secrets.",
        );
      const { runThere } = await import("./run-there.ts");
      return exit(
        await runThere({ ...config, url, members: config.rest }, context),
      );
    }
    if (config.async || config.wait)
      throw new UsageError(
        `${config.async ? "--async" : "--wait"} needs a server: add --url.`,
      );
    const { runHere } = await import("./run-here.ts");
    const code = await runHere(
      {
        ...config,
        members: config.rest,
        logFormat: toLogFormat(config.logFormat),
      },
      context,
    );
    // What the action has left behind, such as timers, must not keep the process.
    return exit(code);
  },
});

function toAddress(text: string): string {
  if (/^[^/\s-][^/\s]*\/[^/\s]+$/.test(text)) return text;
  throw new UnitError(
    'It must be the address of an action, such as "greeter/greet", before any options of the action.',
  );
}

/** `actiond run`: runs one action, here or on a server. */
import { UnitError } from "../units.ts";
import { everydayOptions } from "./options/everyday.ts";
import { optional } from "./options/option.ts";
import { toLogFormat } from "./options/log-format.ts";
import { defineCommand } from "./parse/command.ts";

const { actions, logFormat, logLevel } = everydayOptions;

export const runCommand = defineCommand({
  name: "run",
  description: "Runs one action without a server, and prints its result.",
  examples: [
    "actiond run greeter/greet --name Ada",
    `actiond run greeter/greet --input '{"name": "Ada"}'`,
    "actiond run greeter/greet --input @input.json > result.json",
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
    logLevel,
    logFormat,
  },
  async run(config, context) {
    // Taken before actions are loaded: guards make it throw in action code.
    const exit = process.reallyExit.bind(process);
    const { runHere } = await import("./run/run-here.ts");
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

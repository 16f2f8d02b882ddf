/** Completes a command line from the definitions of the commands. */
import { type Command as Node, RootCommand } from "@bomb.sh/tab";
import type { Command, CommandGroup } from "../parse/command.ts";
import { findAddresses } from "./addresses.ts";

const PROGRAM = "actiond";

/** Prints the script of a shell, which calls this program for each completion. */
export function printScript(shell: string): void {
  new RootCommand().setup(PROGRAM, PROGRAM, shell);
}

/** Prints the completions of the last word. @param words those so far, the last one as far as it is typed */
export function completeLine(
  words: readonly string[],
  commands: readonly (Command | CommandGroup)[],
): void {
  const root = new RootCommand();
  for (const command of commands) {
    const node = root.command(command.name, command.description);
    if ("commands" in command)
      for (const inner of command.commands)
        addOptions(
          root.command(`${command.name} ${inner.name}`, inner.description),
          inner,
        );
    else addOptions(node, command);
  }
  root.commands.get("run")?.argument("address", (complete) => {
    for (const address of findAddresses("actions")) complete(address, "");
  });
  root.parse([...words]);
}

function addOptions(node: Node, { options }: Command): void {
  for (const definition of Object.values(options)) {
    const [, name, value] =
      /^--([\w-]+)(?: <(.+)>)?$/.exec(definition.flags ?? "") ?? [];
    if (name === undefined) continue;
    if (value === undefined) node.option(name, definition.help);
    else node.option(name, definition.help, toHandler(value));
  }
}

/** The words that an option may have stand between its brackets. */
function toHandler(value: string) {
  return (complete: (value: string, description: string) => void) => {
    if (value.includes("|"))
      for (const choice of value.split("|")) complete(choice, "");
  };
}

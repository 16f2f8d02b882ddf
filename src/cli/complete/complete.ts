/** `actiond complete`: makes shells complete the command line of actiond. */
import { UsageError } from "../../errors.ts";
import { defineCommand } from "../parse/command.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

export const completeCommand = defineCommand({
  name: "complete",
  description: `Prints a completion script for a shell: ${SHELLS.join(", ")}.`,
  examples: [
    "source <(actiond complete bash)",
    "actiond complete fish > ~/.config/fish/completions/actiond.fish",
  ],
  arguments: {},
  rest: `Shell: ${SHELLS.join(", ")}`,
  options: {},
  async run({ rest }, { commands }) {
    const { completeLine, printScript } = await import("./completion.ts");
    // The script asks with the words so far behind "--".
    if (process.argv.includes("--")) {
      completeLine(rest, commands);
      return 0;
    }
    const shell = SHELLS.find((name) => name === rest[0]);
    if (shell === undefined || rest.length > 1)
      throw new UsageError(
        `"actiond complete" needs one shell: ${SHELLS.join(", ")}.`,
      );
    printScript(shell);
    return 0;
  },
});

/** `actiond build`: makes one executable of the server and a folder of actions. */
import { relative } from "node:path";
import { TARGET_NAMES, type Target } from "../../project/target.ts";
import { UnitError } from "../../units.ts";
import { actions } from "../options/groups/everyday.ts";
import { option, optional } from "../options/option.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

export const buildCommand = defineCommand({
  name: "build",
  description:
    "Builds one executable from the server, the actions and their packages.",
  examples: [
    "actiond build --outfile server",
    "actiond build --outfile server-arm64 --target linux-arm64",
  ],
  arguments: {},
  options: {
    outfile: option("--outfile <file>", {
      help: "Where to write the executable",
      default: "./server",
      parse: toPath,
    }),
    actions,
    target: optional("--target <system>", {
      help: `System that the executable is for: ${TARGET_NAMES.join(", ")}; without this option, that of this machine`,
      parse: toTarget,
    }),
    base: optional("--base <file>", {
      help: "Executable of actiond or Bun for the target, instead of one that is downloaded",
      parse: toPath,
    }),
  },
  async run(config, { environment, write }) {
    const { buildExecutable } =
      await import("../../project/build-executable.ts");
    const bytes = await buildExecutable({ ...config, environment });
    const size = Math.round(bytes / 1e6);
    const path = relative(".", config.outfile);
    write(
      `Built ${path} (${size} MB). It needs no other files: start it with ${path.includes("/") ? path : `./${path}`} serve.\n`,
    );
    return 0;
  },
});

function toTarget(text: string): Target {
  const found = TARGET_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UnitError(`It must be one of ${TARGET_NAMES.join(", ")}.`);
}

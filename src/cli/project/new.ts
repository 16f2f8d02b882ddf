/** `actiond new`: writes a small project that can be served, checked and tested at once. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { UsageError } from "../../errors.ts";
import { flag } from "../options/option.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";

export const newCommand = defineCommand({
  name: "new",
  description:
    "Creates a small project: an action, its test, and settings for editors.",
  examples: ["actiond new hello", "actiond new . --force"],
  arguments: {
    folder: { help: "Folder of the new project", parse: toPath },
  },
  options: {
    force: flag(
      "--force",
      "Write into a folder that is not empty, without overwriting any file",
    ),
  },
  async run({ folder, force }, { write }) {
    const { makeTemplate } = await import("../../project/template.ts");
    const { writeSdk } = await import("../../project/sdk-files.ts");
    if (!force) refuseNonEmpty(folder);
    const files = Object.entries(makeTemplate(basename(folder)));
    const wanted = files.filter(([path]) => !existsSync(join(folder, path)));
    for (const [path, text] of wanted) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    await writeSdk(folder);
    const short = relative(".", folder);
    const written = wanted.map(([path]) => `  ${path}\n`).join("");
    const enter = short === "" ? "" : `  cd ${short}\n`;
    write(
      `The project ${basename(folder)} has:\n${written}\nNext:\n${enter}  actiond dev      serves it, and follows what you save\n  actiond test     runs its tests\n  actiond check    checks its types\n`,
    );
    return 0;
  },
});

/** @throws {UsageError} the folder has files besides this executable and those whose names begin with a dot */
function refuseNonEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  const found = readdirSync(folder).find(
    (name) => !name.startsWith(".") && !isThisProgram(join(folder, name)),
  );
  if (found === undefined) return;
  throw new UsageError(
    `The folder ${folder} is not empty: it has ${found}. Choose another folder, or add --force to write what is missing and overwrite nothing.`,
  );
}

function isThisProgram(path: string): boolean {
  return existsSync(path) && realpathSync(path) === process.execPath;
}

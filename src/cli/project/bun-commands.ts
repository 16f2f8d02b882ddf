/** The commands that are Bun's own: type checking, tests and packages. Their further arguments are those of Bun. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineCommand, type ProgramContext } from "../parse/command.ts";

export const checkCommand = defineCommand({
  name: "check",
  description: "Checks the types of the project, without a network.",
  examples: ["actiond check", "actiond check actions/greeter.ts"],
  arguments: {},
  rest: "Files to check, or options of `bun check`",
  options: {},
  run: async ({ rest }, context) => {
    const { COMPILER_OPTIONS } = await import("../../project/template.ts");
    return await runInProject(context, ({ project }) => [
      "check",
      "--no-script",
      ...(existsSync(join(project, "tsconfig.json"))
        ? []
        : toFlags(COMPILER_OPTIONS)),
      ...rest,
    ]);
  },
});

export const testCommand = defineCommand({
  name: "test",
  description: "Runs the tests of the project (*.test.ts).",
  examples: ["actiond test", "actiond test greeter --watch"],
  arguments: {},
  rest: "Names of tests, or options of `bun test`",
  options: {},
  run: ({ rest }, context) => runInProject(context, () => ["test", ...rest]),
});

export const packageCommands = [
  definePackageCommand(
    "add",
    "Installs npm packages and adds them to package.json.",
    "actiond add nanoid",
  ),
  definePackageCommand(
    "install",
    "Installs the packages that package.json names.",
    "actiond install --frozen-lockfile",
  ),
  definePackageCommand(
    "remove",
    "Removes npm packages.",
    "actiond remove nanoid",
  ),
  definePackageCommand(
    "outdated",
    "Lists the packages that have newer versions.",
    "actiond outdated",
  ),
];

function definePackageCommand(
  name: string,
  description: string,
  example: string,
) {
  return defineCommand({
    name,
    description,
    examples: [example],
    arguments: {},
    rest: `Packages, or options of \`bun ${name}\``,
    options: {},
    run: ({ rest }, context) => runInProject(context, () => [name, ...rest]),
  });
}

/** Runs a command of Bun where this program was started, with the SDK in the project around it. */
async function runInProject(
  { environment, note }: ProgramContext,
  toArguments: (found: { project: string }) => readonly string[],
): Promise<number> {
  const { runBun } = await import("../../project/bun.ts");
  const { writeSdk } = await import("../../project/sdk-files.ts");
  const { findProject } = await import("../../catalog/find-project.ts");
  const cwd = process.cwd();
  const project = findProject(cwd, cwd);
  try {
    await writeSdk(project);
  } catch (error) {
    note(
      `actiond: The declarations of the SDK cannot be written to ${join(project, "node_modules")}: ${(error as Error).message}.\n`,
    );
  }
  return await runBun(toArguments({ project }), { cwd, environment });
}

function toFlags(
  options: Readonly<Record<string, string | boolean | readonly string[]>>,
): string[] {
  return Object.entries(options).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
}

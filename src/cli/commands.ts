/** The commands of the program. */
import { actionsCommand } from "./actions.ts";
import { backupCommand } from "./backup.ts";
import { clientCommand } from "./client.ts";
import { keysCommand } from "./keys.ts";
import { buildCommand } from "./build.ts";
import { checkCommand, packageCommands, testCommand } from "./bun-commands.ts";
import { doctorCommand } from "./doctor.ts";
import { devCommand } from "./dev.ts";
import { mcpCommand } from "./mcp.ts";
import { newCommand } from "./new.ts";
import { openapiCommand } from "./openapi.ts";
import { runCommand } from "./run.ts";
import { runsCommand } from "./runs.ts";
import { serveCommand } from "./serve.ts";
import { completeCommand } from "./complete.ts";
import type { Command, CommandGroup } from "./parse/command.ts";

/** In the order of the help. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  newCommand,
  devCommand,
  runCommand,
  checkCommand,
  testCommand,
  ...packageCommands,
  buildCommand,
  serveCommand,
  mcpCommand,
  clientCommand,
  actionsCommand,
  runsCommand,
  openapiCommand,
  backupCommand,
  doctorCommand,
  keysCommand,
  completeCommand,
];

/** What needs a folder of actions, or this program under its own name. */
const AUTHORS: ReadonlySet<Command | CommandGroup> = new Set([
  newCommand,
  devCommand,
  checkCommand,
  testCommand,
  ...packageCommands,
  buildCommand,
  clientCommand,
  completeCommand,
]);

/** The commands of an executable that has its actions inside. */
export const BUILT_COMMANDS = COMMANDS.filter(
  (command) => !AUTHORS.has(command),
);

/** The commands of the program. */
import { actionsCommand } from "./remote/actions.ts";
import { backupCommand } from "./data/backup.ts";
import { clientCommand } from "./project/client.ts";
import { importCommand } from "./data/import.ts";
import { migrateCommand } from "./data/migrate.ts";
import { keysCommand } from "./data/keys.ts";
import { buildCommand } from "./project/build.ts";
import {
  checkCommand,
  packageCommands,
  testCommand,
} from "./project/bun-commands.ts";
import { doctorCommand } from "./data/doctor.ts";
import { devCommand } from "./dev.ts";
import { mcpCommand } from "./mcp.ts";
import { newCommand } from "./project/new.ts";
import { openapiCommand } from "./remote/openapi.ts";
import { runCommand } from "./run/run.ts";
import { runsCommand } from "./remote/runs.ts";
import { startCommand } from "./start/start.ts";
import { serveCommand } from "./serve.ts";
import { completeCommand } from "./complete/complete.ts";
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
  startCommand,
  mcpCommand,
  clientCommand,
  actionsCommand,
  runsCommand,
  openapiCommand,
  backupCommand,
  doctorCommand,
  keysCommand,
  migrateCommand,
  importCommand,
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

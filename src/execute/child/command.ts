/** Makes the command with which this program starts itself as a child, from the executable or from its sources. */
import { CHILD_ARGUMENT } from "./wire.ts";

/** @param main the path of the program's first file */
export function toChildCommand(main: string): string[] {
  // The files inside an executable have this prefix: https://bun.com/docs/bundler/executables
  const isExecutable = main.startsWith("/$bunfs/");
  return isExecutable
    ? [process.execPath, CHILD_ARGUMENT]
    : [process.execPath, main, CHILD_ARGUMENT];
}

/** How this program starts itself as a child: one file, whether it is the executable or runs from its sources. */
import { CHILD_ARGUMENT } from "./wire.ts";

/** @param main path of the program's first file, when it runs from its sources */
export function toChildCommand(main: string): string[] {
  // Where the files of an executable are: https://bun.com/docs/bundler/executables
  const isExecutable = main.startsWith("/$bunfs/");
  return isExecutable
    ? [process.execPath, CHILD_ARGUMENT]
    : [process.execPath, main, CHILD_ARGUMENT];
}

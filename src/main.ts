/** The program: argv → command → exit code. */
import { runProgram } from "./cli/program.ts";
import { CHILD_ARGUMENT } from "./execute/child/wire.ts";

// Taken before actions are loaded: guards replace them then.
const exit = process.reallyExit.bind(process);
const write = process.stdout.write.bind(process.stdout);
const note = process.stderr.write.bind(process.stderr);

// Before anything else: a child never serves, and so never has children.
if (process.argv[2] === CHILD_ARGUMENT) {
  const { runChild } = await import("./execute/child/child-program.ts");
  runChild();
} else {
  const code = await runProgram(process.argv.slice(2), process.env, {
    main: import.meta.url,
    write,
    note,
  });
  if (code !== 0) exit(code);
}

/** The program: argv → command → exit code. */
import { writeFully } from "./cli/parse/write-fully.ts";
import { runProgram } from "./cli/program.ts";
import { CHILD_ARGUMENT } from "./execute/child/wire.ts";

// Taken before actions are loaded: guards replace them then.
const exit = process.reallyExit.bind(process);
const execve = process.execve?.bind(process) as (
  ...command: [string, string[], Record<string, string>]
) => never;

// Before anything else: a child never serves, and so never has children.
if (process.argv[2] === CHILD_ARGUMENT) {
  const { runChild } = await import("./execute/child/child-program.ts");
  runChild(async () => {
    const [{ openChildTracing }, { version }] = await Promise.all([
      import("./telemetry/child.ts"),
      import("./cli/version.ts"),
    ]);
    return openChildTracing(version, process.env as Record<string, string>);
  });
} else {
  // With the variables that hold secrets, which the program removes from its own.
  const environment = { ...process.env } as Record<string, string>;
  const isExecutable = Bun.main.startsWith("/$bunfs/");
  const own = isExecutable ? [] : [Bun.main];
  const code = await runProgram(process.argv.slice(2), process.env, {
    main: import.meta.url,
    restart: () =>
      execve(
        process.execPath,
        [process.execPath, ...own, ...process.argv.slice(2)],
        environment,
      ),
    write: (text) => {
      writeFully(1, text);
    },
    note: (text) => {
      writeFully(2, text);
    },
  });
  if (code !== 0) exit(code);
}

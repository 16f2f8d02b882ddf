/** Runs the program in this process, for commands that leave it as it is. */
import { runProgram } from "../../src/cli/program.ts";

export async function run(
  argv: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; out: string; note: string }> {
  let out = "";
  let note = "";
  const code = await runProgram(argv, environment, {
    main: import.meta.url,
    restart: () => {
      throw new Error("Nothing is restarted here.");
    },
    write: (text) => (out += text),
    note: (text) => (note += text),
  });
  return { code, out, note };
}

/** The error that says what is wrong with a folder of actions, so that it can be fixed. */
import { OperatorError } from "../errors.ts";
import { toCodeFrame } from "./code-frame.ts";
import { type SourcePosition, toSourcePosition } from "./source-position.ts";

export interface CatalogProblem extends SourcePosition {
  readonly reason: string;
}

const EXAMPLE = `
  import { action, t } from "actiond";

  export const greet = action({
    input: t.Object({ name: t.String() }),
    run: ({ name }) => \`Hello \${name}.\`,
  });
`;

/** The folder cannot be served. The message names the file, line and reason of every problem. */
export class CatalogError extends OperatorError {
  override readonly name = "CatalogError";

  static of(problems: readonly CatalogProblem[]): CatalogError {
    // A broken file that several others import is one problem.
    const message = [...new Set(problems.map(describe))].join("\n");
    return new CatalogError(`The actions cannot be served:\n${message}`);
  }

  /** @param notices what was found instead of actions */
  static empty(folder: string, notices: readonly string[] = []): CatalogError {
    const sentences = [
      `There are no actions in the folder ${folder}.`,
      ...notices,
    ];
    return new CatalogError(
      `${sentences.join("\n")} Write one, such as this in ${folder}/greeter.ts:\n${EXAMPLE}`,
    );
  }

  static unreadable(folder: string, cause: unknown): CatalogError {
    const { code, message } = cause as NodeJS.ErrnoException;
    return new CatalogError(
      code === "ENOENT"
        ? `The actions folder ${folder} does not exist. Name another folder with --actions, or create this one and write ${folder}/greeter.ts:\n${EXAMPLE}`
        : `The actions folder ${folder} cannot be read: ${message}.`,
      { cause },
    );
  }
}

function describe(problem: CatalogProblem): string {
  const line = `  ${toSourcePosition(problem)}: ${problem.reason}`;
  const frame = toCodeFrame(problem);
  return frame === undefined
    ? line
    : `${line}\n${frame.replaceAll(/^/gm, "    ")}`;
}

/** An entry of the catalog: one action that can be run, made from one export of a file. */
import type { InputError } from "../errors.ts";
import { type Action, isAction, isBareDefinition } from "../action/action.ts";
import { toAddressWord } from "./address.ts";
import type { Isolation, RunContext } from "../action/definition.ts";
import type { Generation } from "./reload/generation.ts";
import type { CatalogProblem } from "./catalog-error.ts";
import {
  type CheckedInput,
  compileInput,
  compileOutput,
  toInputSchema,
  toJsonSchema,
} from "../action/schema/schema.ts";
import type { JsonSchema } from "../action/schema/parts.ts";

export interface CatalogEntry {
  readonly package: string;
  readonly name: string;
  /** The address `{package}/{action}`. */
  readonly address: string;
  readonly description: string | undefined;
  readonly action: Action;
  readonly isolation: Isolation;
  /** Calls the code of the action. */
  readonly run: (input: unknown, context: RunContext) => unknown;
  /** Checks an input, and fills defaults into the value it is given. */
  readonly checkInput: (value: unknown) => CheckedInput;
  /** @returns the places where a result does not match the output schema */
  readonly checkOutput: (value: unknown) => readonly InputError[];
  readonly inputSchema: JsonSchema;
  /** The schema of the result; undefined when the result may be any JSON. */
  readonly outputSchema: JsonSchema | undefined;
  /** The path of the file it comes from, with links resolved. */
  readonly file: string;
  readonly exportName: string;
  /** The version of the code that was loaded; undefined when it was not loaded from files. */
  readonly version: string | undefined;
}

/** @returns undefined for an export that neither is an action nor looks like one, such as a constant or a helper */
export function toEntry(found: {
  file: string;
  packageName: string;
  name: string;
  value: unknown;
  /** The isolation of an action that does not choose one. */
  isolation?: Isolation;
  generation?: Generation | undefined;
  version?: string;
}): CatalogEntry | CatalogProblem | undefined {
  const { file, packageName, name, value } = found;
  const { isolation = "in-process", generation, version } = found;
  const problem = (reason: string) => ({ file, exportName: name, reason });
  if (isBareDefinition(value))
    return problem(
      `The export "${name}" looks like an action but was not made by action(). Write \`export const ${name} = action({ … })\`.`,
    );
  if (!isAction(value)) return undefined;
  if (name === "default")
    return problem(
      "The default export is an action without a name. Write `export const greet = action({ … })`.",
    );
  try {
    const names = {
      package: toAddressWord(packageName),
      name: toAddressWord(name),
    };
    return {
      ...names,
      address: `${names.package}/${names.name}`,
      description: value.description,
      action: value,
      isolation: value.isolation ?? isolation,
      run: toRun(value, generation),
      checkInput: compileInput(value.input),
      checkOutput: compileOutput(value.output),
      inputSchema: toInputSchema(value.input),
      outputSchema:
        value.output === undefined ? undefined : toJsonSchema(value.output),
      file,
      exportName: name,
      version,
    };
  } catch (error) {
    return problem((error as Error).message);
  }
}

function toRun(
  action: Action,
  generation: Generation | undefined,
): CatalogEntry["run"] {
  const run: CatalogEntry["run"] = (input, context) =>
    action.run(input, context);
  if (generation === undefined) return run;
  return (input, context) => generation.run(run, input, context);
}

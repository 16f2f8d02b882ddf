/** One action that can be run, made from one export of a file. */
import type { InputError } from "../errors.ts";
import { type Action, isAction, isBareDefinition } from "../action/action.ts";
import { toAddressWord } from "./address.ts";
import type { Isolation } from "../action/definition.ts";
import type { CatalogProblem } from "./catalog-error.ts";
import {
  type CheckedInput,
  compileInput,
  compileOutput,
  type JsonSchema,
  toInputSchema,
  toJsonSchema,
} from "../action/schema.ts";

export interface CatalogEntry {
  readonly package: string;
  readonly name: string;
  /** `{package}/{action}` */
  readonly address: string;
  readonly description: string | undefined;
  readonly action: Action;
  readonly isolation: Isolation;
  /** Fills defaults into the value it is given. */
  readonly checkInput: (value: unknown) => CheckedInput;
  /** @returns where a result breaks the output schema; nothing when it does not */
  readonly checkOutput: (value: unknown) => readonly InputError[];
  readonly inputSchema: JsonSchema;
  /** Undefined when the result may be any JSON. */
  readonly outputSchema: JsonSchema | undefined;
  /** Where it comes from, links followed. */
  readonly file: string;
  readonly exportName: string;
}

/** @returns undefined for what is no action and does not look like one: types, constants, helpers */
export function toEntry(found: {
  file: string;
  packageName: string;
  name: string;
  value: unknown;
  /** Of an action that does not say where its code runs. */
  isolation?: Isolation;
}): CatalogEntry | CatalogProblem | undefined {
  const { file, packageName, name, value } = found;
  const { isolation = "in-process" } = found;
  const problem = (reason: string) => ({ file, exportName: name, reason });
  if (isBareDefinition(value))
    return problem(
      `The export "${name}" looks like an action but was not made by action(): write \`export const ${name} = action({ … })\`.`,
    );
  if (!isAction(value)) return undefined;
  if (name === "default")
    return problem(
      "A default export has no name to call the action by: write `export const greet = action({ … })`.",
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
      checkInput: compileInput(value.input),
      checkOutput: compileOutput(value.output),
      inputSchema: toInputSchema(value.input),
      outputSchema:
        value.output === undefined ? undefined : toJsonSchema(value.output),
      file,
      exportName: name,
    };
  } catch (error) {
    return problem((error as Error).message);
  }
}

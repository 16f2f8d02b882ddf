/** Actions as `GET /api/actions` of a running server lists them. */
import type { JsonSchema } from "../action/schema/parts.ts";
import type { DescribedAction } from "./described-action.ts";

/** The members that a client needs. */
interface ListedAction {
  readonly package: string;
  readonly action: string;
  readonly description: string;
  readonly input_schema: JsonSchema;
  readonly output_schema: JsonSchema | null;
}

export function toDescribed(listed: ListedAction): DescribedAction {
  return {
    package: listed.package,
    action: listed.action,
    description: listed.description,
    inputSchema: listed.input_schema,
    outputSchema: listed.output_schema,
  };
}

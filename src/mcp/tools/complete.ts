/** `completion/complete`: the values that the schema of an argument allows. */
import type {
  CompleteRequest,
  CompleteResult,
} from "@modelcontextprotocol/server";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { listResourceActions } from "./action-resources.ts";
import { suggest, toMembers } from "./members.ts";
import type { Whose } from "../parts.ts";
import { findPrompt } from "./prompts.ts";

/** The protocol allows no more in one answer. */
const MAX_VALUES = 100;

/** @throws {ProtocolError} there is no such prompt */
export function complete(
  { ref, argument }: CompleteRequest["params"],
  whose: Whose,
): CompleteResult {
  const entry =
    ref.type === "ref/prompt"
      ? findPrompt(ref.name, whose)
      : findTemplate(ref.uri, whose);
  const found = entry === undefined ? [] : toMembers(entry);
  const schema = found.find(({ member }) => member === argument.name)?.schema;
  const values = schema === undefined ? [] : suggest(schema, argument.value);
  return {
    completion: {
      values: values.slice(0, MAX_VALUES),
      total: values.length,
      hasMore: values.length > MAX_VALUES,
    },
  };
}

function findTemplate(uri: string, whose: Whose): CatalogEntry | undefined {
  return listResourceActions(whose).find((action) => action.uri === uri)?.entry;
}

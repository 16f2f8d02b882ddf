/** Actions of the kind "resource": a run makes what is at a URI. */
import {
  type ReadResourceResult,
  type ServerContext,
  UriTemplate,
} from "@modelcontextprotocol/server";
import { variablesOf } from "../../action/presentation.ts";
import { mayUse } from "../../access/caller.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { askAction } from "../ask-action.ts";
import { toInput } from "./members.ts";
import { listNames } from "./names.ts";
import type { Whose } from "../parts.ts";
import { requirePassed } from "../refuse.ts";
import { toDisplay } from "./tools.ts";

interface ResourceAction {
  readonly name: string;
  readonly entry: CatalogEntry;
  readonly uri: string;
  readonly isTemplate: boolean;
}

/** The resource actions that the caller may use, with their names and URIs. */
export function listResourceActions({
  caller,
  parts,
}: Whose): ResourceAction[] {
  return listNames(parts.catalog.current, caller).flatMap(([name, entry]) => {
    const { kind, uri } = entry.action.presentation;
    if (kind !== "resource" || uri === undefined) return [];
    return [{ name, entry, uri, isTemplate: variablesOf(uri).length > 0 }];
  });
}

export function toResource({ name, entry, uri }: ResourceAction) {
  return { uri, ...toListed(name, entry) };
}

export function toResourceTemplate({ name, entry, uri }: ResourceAction) {
  return { uriTemplate: uri, ...toListed(name, entry) };
}

function toListed(name: string, entry: CatalogEntry) {
  return { name, ...toDisplay(entry), description: entry.description };
}

/** @returns the action behind the URI, and its input; undefined if no action matches */
export function findResourceAction(
  uri: string,
  { caller, parts }: Whose,
): { entry: CatalogEntry; input: Record<string, unknown> } | undefined {
  for (const listed of listResourceActions({ caller, parts })) {
    if (!mayUse(caller, listed.entry.package)) continue;
    const variables = match(listed, uri);
    if (variables === undefined) continue;
    return { entry: listed.entry, input: toInput(listed.entry, variables) };
  }
  return undefined;
}

/**
 * @returns undefined when no action is behind the URI
 * @throws {ServerError} what accepting a run refuses
 * @throws {ProtocolError} its run did not pass
 */
export async function readAction(
  uri: string,
  context: ServerContext,
  { caller, parts }: Whose,
): Promise<ReadResourceResult | undefined> {
  const found = findResourceAction(uri, { caller, parts });
  if (found === undefined) return undefined;
  const answer = await askAction({ ...found, caller }, context, parts);
  if (answer.kind === "detached") return { contents: [] };
  const result = requirePassed(answer.runId, answer.outcome);
  return {
    ...toContents(uri, JSON.parse(result), result),
    _meta: { run_id: answer.runId },
  };
}

function match(
  { uri: template, isTemplate }: ResourceAction,
  uri: string,
): Record<string, string> | undefined {
  if (!isTemplate) return template === uri ? {} : undefined;
  const found = new UriTemplate(template).match(uri);
  return found === null ? undefined : (found as Record<string, string>);
}

/**
 * A text is the resource itself; `{ text, mimeType }` and `{ blob, mimeType }`, in base64, say what it is; `{ contents }` is
 * taken as it is; anything else is JSON.
 */
function toContents(
  uri: string,
  value: unknown,
  json: string,
): ReadResourceResult {
  if (typeof value === "string")
    return { contents: [{ uri, mimeType: "text/plain", text: value }] };
  const object = (value ?? {}) as Record<string, unknown>;
  if (Array.isArray(object["contents"])) return value as ReadResourceResult;
  if (typeof object["text"] === "string" || typeof object["blob"] === "string")
    return {
      contents: [{ uri, ...object }],
    } as unknown as ReadResourceResult;
  return { contents: [{ uri, mimeType: "application/json", text: json }] };
}

/** How an action presents itself to people and to language models: what it is, what it is called, what it changes. */

/**
 * What an action is for those who call it through MCP. Over HTTP all of them are called alike.
 *
 * - `action` does something: it is a tool.
 * - `query` only reads: it is a tool that says so.
 * - `prompt` makes messages for a language model: it is a prompt.
 * - `resource` returns what is at a URI: it is a resource.
 */
const KINDS = ["action", "query", "prompt", "resource"] as const;
type Kind = (typeof KINDS)[number];

export interface Presentation {
  /** The name that people see. By default it is made from the name of the export. */
  title?: string;
  /** What the action is for those who call it through MCP. The default is "action". */
  kind?: Kind;
  /**
   * Whether the action may change or destroy something that matters, so that a person should confirm each call. By default
   * nothing is said about it.
   */
  consequential?: boolean;
  /** The `https:` or `data:` URL of an image that stands for the action. */
  icon?: string;
  /**
   * The URI of an action whose kind is "resource", such as `docs://index`, or a template whose variables are members of the
   * input, such as `docs://pages/{page}`.
   */
  uri?: string;
}

const PRESENTATION_KEYS = [
  "title",
  "kind",
  "consequential",
  "icon",
  "uri",
] as const satisfies readonly (keyof Presentation)[];
const ICON = /^(?:https:|data:image\/)/;
/** A scheme, then anything but white space (RFC 3986 section 3.1). */
const URI = /^[a-z][\w+.-]*:\S+$/i;
const VARIABLE = /\{(\w+)\}/g;

/** @returns the part of a definition that says how it presents itself */
export function toPresentation(definition: Presentation): Presentation {
  return Object.fromEntries(
    PRESENTATION_KEYS.flatMap((key) =>
      definition[key] === undefined ? [] : [[key, definition[key]]],
    ),
  );
}

/** @returns the names of the variables of a URI template */
export function variablesOf(template: string): string[] {
  return [...template.matchAll(VARIABLE)].map(([, name = ""]) => name);
}

/**
 * @param members the members of the input
 * @returns a sentence that says what is wrong; undefined when nothing is wrong
 */
export function findPresentationMistake(
  definition: { readonly [Key in keyof Presentation]?: unknown },
  members: readonly string[],
  nameOf: (value: unknown) => string,
): string | undefined {
  const { title, kind, consequential, icon, uri } = definition;
  if (title !== undefined && (typeof title !== "string" || title === ""))
    return `action() needs "title" to be a text such as "Write a report", not ${nameOf(title)}.`;
  if (kind !== undefined && !KINDS.includes(kind as Kind))
    return `action() needs "kind" to be "action", "query", "prompt" or "resource", not ${nameOf(kind)}.`;
  if (consequential !== undefined && typeof consequential !== "boolean")
    return `action() needs "consequential" to be true or false, not ${nameOf(consequential)}.`;
  if (icon !== undefined && (typeof icon !== "string" || !ICON.test(icon)))
    return `action() needs "icon" to be an https: URL or a data: URL of an image, not ${nameOf(icon)}.`;
  if (kind !== "resource")
    return uri === undefined
      ? undefined
      : 'action() takes "uri" only with kind: "resource".';
  if (typeof uri !== "string" || !URI.test(uri))
    return `action() needs "uri" with kind: "resource", such as "docs://pages/{page}", not ${nameOf(uri)}.`;
  const unknown = variablesOf(uri).find((name) => !members.includes(name));
  if (unknown !== undefined)
    return `action() needs each variable of "uri" to be a member of "input", which has no ${JSON.stringify(unknown)}.`;
  return undefined;
}

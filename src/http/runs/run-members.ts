/** Some members of run objects, for those who do not need all of them. */
import { ServerError } from "../../errors.ts";
import { textsParameter } from "../openapi/describe.ts";
import { runObject, type RunObject } from "./run-object.ts";

const MEMBERS = Object.keys(
  runObject.properties,
) as readonly (keyof RunObject)[];

export const membersParameter = textsParameter({
  type: "array",
  items: { type: "string", examples: MEMBERS },
  contains: { enum: MEMBERS },
  description:
    "Members of the run object, of which at least one is known. All of them when omitted.",
});

/**
 * Unknown names beside known ones are those of another version.
 *
 * @throws {ServerError} `invalid_parameter` when no name is known
 */
export function toMembers(
  names: readonly string[] = MEMBERS,
): readonly (keyof RunObject)[] {
  if (names === MEMBERS) return MEMBERS;
  const known = names.filter(isMember);
  if (known.length > 0) return known;
  const [unknown = ""] = names;
  throw new ServerError(
    "invalid_parameter",
    `A run has no field ${JSON.stringify(unknown)}. It has ${MEMBERS.join(", ")}.`,
  );
}

export function pickMembers(
  object: RunObject,
  names: readonly (keyof RunObject)[],
): Record<string, unknown> {
  if (names === MEMBERS) return object;
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

function isMember(name: string): name is keyof RunObject {
  return (MEMBERS as readonly string[]).includes(name);
}

/** Says which name was probably meant by one that nobody knows. */
import { closest, distance } from "fastest-levenshtein";

/** So many letters of a name may be mistyped, or this part of a longer one. */
const MAX_MISTYPED = { letters: 2, part: 0.4 };
/** Comparing takes time that grows with the length of the name. */
const MAX_LENGTH = 100;

/** @returns `Did you mean "…"?`, or a list of the known names when none of them is similar */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return "There are none here.";
  const short = name.slice(0, MAX_LENGTH);
  const nearest = closest(short, known);
  const { letters, part } = MAX_MISTYPED;
  const isSimilar =
    distance(short, nearest) <= Math.max(letters, part * name.length);
  if (isSimilar) return `Did you mean ${JSON.stringify(nearest)}?`;
  return `The known ones are ${known.join(", ")}.`;
}

/** Refuses query parameters that nobody reads: a mistyped one would silently do nothing. */
import { ServerError } from "../../errors.ts";
import { didYouMean } from "./nearest.ts";

const MAX_SHOWN = 100;

/**
 * @param known the names that the operation reads
 * @throws {ServerError} `invalid_parameter`
 */
export function refuseUnknownQuery(
  { url }: { readonly url: string },
  known: readonly string[],
): void {
  const start = url.indexOf("?");
  if (start === -1) return;
  for (const name of new URLSearchParams(url.slice(start)).keys())
    if (!known.includes(name))
      throw new ServerError(
        "invalid_parameter",
        `${JSON.stringify(name.slice(0, MAX_SHOWN))} is not a query parameter of this request. ${didYouMean(name, known)}`,
      );
}

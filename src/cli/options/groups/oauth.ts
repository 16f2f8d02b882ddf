/** The options about access tokens of an OAuth issuer, which are accepted beside API keys. */
import { isLoopback } from "../../../access/binding.ts";
import { UnitError } from "../../../units.ts";
import { list, optional, under } from "../option.ts";
import { toList } from "../values.ts";

/** The characters that names of claims have in practice; some are URLs (RFC 7519 section 4.2). */
const CLAIM = /^[\w:/.-]{1,200}$/;

export const oauthOptions = under("Access tokens:", {
  oauthIssuer: optional("--oauth-issuer <url>", {
    help: "OAuth issuer whose access tokens are accepted as well as API keys, written exactly as in its tokens, such as https://login.example.com; the public URL of the server must be set, too",
    parse: toIssuer,
  }),
  oauthAudiences: list("--oauth-audience <text>", {
    help: "Audience that access tokens must have, instead of the server's URL",
    parse: toList,
  }),
  oauthPackagesClaim: optional("--oauth-packages-claim <name>", {
    help: 'Claim of access tokens that lists the packages a caller may use, or "*" for all; without this option, callers may use all packages',
    parse: toClaim,
  }),
});

/** @returns the text as it is: tokens have to name the issuer in the same way, to the letter (RFC 9068 section 4) */
function toIssuer(text: string): string {
  const url = URL.parse(text);
  const isSafe =
    url?.protocol === "https:" ||
    // Nobody can stand between two programs of one machine.
    (url?.protocol === "http:" &&
      isLoopback(url.hostname.replace(/^\[(.*)\]$/, "$1")));
  if (!isSafe || /[?#\s]/.test(text) || url.username !== "")
    throw new UnitError(
      'It must be a URL such as "https://login.example.com": https, a host, and perhaps a path. On this machine it may be http.',
    );
  return text;
}

function toClaim(text: string): string {
  if (!CLAIM.test(text))
    throw new UnitError(
      'It must be the name of a claim, such as "packages" or "https://example.com/packages".',
    );
  return text;
}

/** The options about who may reach the server, and how. */
import { toByteCount, UnitError } from "../../../units.ts";
import {
  type Environment,
  flag,
  list,
  option,
  optional,
  secretVariable,
  under,
} from "../option.ts";
import { toPath } from "../values.ts";

const NAME = /^[\w-]+(?:\.[\w-]+)*$/;
const IPV6 = /^\[?([\da-f]*:[\da-f:.]+)\]?$/i;

/** The audit log, which several commands write. */
export const auditLog = optional("--audit-log <file>", {
  help: "File to which one line of JSON is appended for each change and each refusal",
  parse: toPath,
});

export const accessOptions = under("Access:", {
  apiKey: secretVariable(
    "ACTIOND_API_KEY",
    "A single API key for everything, instead of a file that holds it",
  ),
  apiKeyFile: optional("--api-key-file <file>", {
    help: "File that holds a single API key for everything; ACTIOND_API_KEY can hold the key itself instead",
    parse: toPath,
  }),
  insecure: flag(
    "--insecure",
    "Listen on an address that others can reach, even without an API key",
  ),
  allowHosts: list("--allow-host <name>", {
    help: "Additional host name, without a port, that the server answers to",
    parse: (text) => [toHostName(text)],
  }),
  corsOrigins: list("--cors-origin <origin>", {
    help: "Origin whose pages may call the server, such as https://app.example.com",
    parse: (text) => [toOrigin(text)],
  }),
  tlsCert: optional("--tls-cert <file>", {
    help: "PEM file of the certificate and its chain; the server then speaks HTTPS only",
    parse: toPath,
  }),
  tlsKey: optional("--tls-key <file>", {
    help: "PEM file of the certificate's private key",
    parse: toPath,
  }),
  auditLog,
  maxAuditBytes: option("--max-audit-bytes <size>", {
    help: "Size of the audit log from which on refusals are only counted, in one line per minute; changes are always logged",
    default: "1GB",
    parse: toByteCount,
  }),
  allowShutdown: {
    ...flag(
      "--allow-shutdown",
      "Let keys with the scope admin stop the server with POST /api/shutdown/; same as RC_ADD_SHUTDOWN_API=1",
    ),
    whenMissing: ({ RC_ADD_SHUTDOWN_API: switched = "" }: Environment) =>
      /^(?:1|true)$/i.test(switched),
  },
});

/** @returns the origin as browsers send it (RFC 6454 section 6.2) */
function toOrigin(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !["http:", "https:"].includes(url.protocol) ||
    // Browsers send no path, query or user: one that is given would silently be ignored.
    url.href !== `${url.origin}/` ||
    /[/?#]$/.test(text)
  )
    throw new UnitError(
      'It must be an origin such as "https://app.example.com": http or https, a host, and a port unless it is the default one, without a path.',
    );
  return url.origin;
}

/** @returns the name or address in lower case, without brackets */
function toHostName(text: string): string {
  const address = IPV6.exec(text)?.[1];
  if (address === undefined && !NAME.test(text))
    throw new UnitError(
      'It must be a name or an address such as "actions.example.com", without a port.',
    );
  return (address ?? text).toLowerCase();
}

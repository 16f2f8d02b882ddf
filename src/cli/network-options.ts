/** The options of `actiond serve` about who may reach it, and how. */
import type { Option } from "commander";
import { toByteCount, toInteger, UnitError } from "../units.ts";
import { makeListOption, makeOption } from "./option.ts";

const NAME = /^[\w-]+(?:\.[\w-]+)*$/;
const IPV6 = /^\[?([\da-f]*:[\da-f:.]+)\]?$/i;

/** What Bun takes, with the request line: its own `--max-http-header-size` is no option of `Bun.serve`. */
const MAX_HEADER_SIZE = "16KB";
const LEAST_HEADER_SIZE = "1KB";

export function networkOptions(): Option[] {
  return [
    makeOption(
      "--max-requests <count>",
      "requests that are being answered at once; more are refused with 503; or none",
      "20000",
      (text) => (text === "none" ? Infinity : toInteger(text, 1, 10_000_000)),
    ),
    makeOption(
      "--max-header-bytes <size>",
      "size of the headers of a request together, 16KB at the most; more is refused with 431",
      MAX_HEADER_SIZE,
      toHeaderSize,
    ),
    makeListOption(
      "--cors-origin <origin>",
      "origin whose pages may use the server, such as https://app.example.com",
      (text) => [toOrigin(text)],
    ),
    makeListOption(
      "--allow-host <name>",
      "name the server may be called by besides those of loopback, without a port",
      (text) => [toHostName(text)],
    ),
  ];
}

/** @returns the origin as browsers send it (RFC 6454 section 6.2) */
function toOrigin(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !["http:", "https:"].includes(url.protocol) ||
    // A path, a query or a user would not be looked at.
    url.href !== `${url.origin}/` ||
    /[/?#]$/.test(text)
  )
    throw new UnitError(
      'It must be an origin such as "https://app.example.com": http or https, a host, and a port unless it is the usual one, without a path.',
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

function toHeaderSize(text: string): number {
  const count = toByteCount(text);
  const isAllowed =
    count >= toByteCount(LEAST_HEADER_SIZE) &&
    count <= toByteCount(MAX_HEADER_SIZE);
  if (isAllowed) return count;
  throw new UnitError(
    `It must be from ${LEAST_HEADER_SIZE} to ${MAX_HEADER_SIZE}.`,
  );
}

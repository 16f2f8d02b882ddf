/** The options of `actiond serve` about who may reach it, and how. */
import type { Option } from "commander";
import { UnitError } from "../units.ts";
import { makeListOption } from "./option.ts";

const NAME = /^[\w-]+(?:\.[\w-]+)*$/;
const IPV6 = /^\[?([\da-f]*:[\da-f:.]+)\]?$/i;

export function networkOptions(): Option[] {
  return [
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

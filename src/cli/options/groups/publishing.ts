/** The options about how others find the server: its own document, and the URL by which clients call it. */
import ipaddr from "ipaddr.js";
import { UnitError } from "../../../units.ts";
import { flag, list, option, optional, under } from "../option.ts";
import { toList } from "../values.ts";

export const publishingOptions = under("Publishing:", {
  serverUrl: optional("--server-url <url>", {
    help: "Public URL of the server, such as https://actions.example.com; used in the OpenAPI document and as the audience of access tokens",
    parse: toServerUrl,
  }),
  basePath: option("--base-path <path>", {
    help: "Path under which a proxy publishes the server, such as /actiond; requests may arrive with or without it",
    default: "",
    parse: toBasePath,
  }),
  trustProxy: list("--trust-proxy <networks>", {
    help: "Addresses of proxies, or networks such as 10.0.0.0/8, whose Forwarded and X-Forwarded-For, -Host, -Proto and -Prefix headers are trusted",
    parse: toNetworks,
  }),
  openDocs: flag(
    "--open-docs",
    "Show the OpenAPI document, with the names and schemas of all actions, to everybody, even without an API key",
  ),
  fullOpenapi: flag(
    "--full-openapi",
    "Describe every operation in the OpenAPI document, not only the actions",
  ),
});

/** @returns the path without a slash at its end; "" for "/" */
function toBasePath(text: string): string {
  const path = text.replace(/\/$/, "");
  if (path === "" || /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/.test(path))
    return path;
  throw new UnitError('It must be a path such as "/actiond".');
}

function toNetworks(text: string): string[] {
  const networks = toList(text);
  const wrong = networks.find(
    (network) => !ipaddr.isValid(network) && !ipaddr.isValidCIDR(network),
  );
  if (wrong === undefined) return networks;
  throw new UnitError(
    `It must be addresses or networks such as "10.0.0.0/8", not ${JSON.stringify(wrong)}.`,
  );
}

/** @returns the URL without a slash at its end */
function toServerUrl(text: string): string {
  const url = URL.parse(text);
  if (
    url === null ||
    !["http:", "https:"].includes(url.protocol) ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== ""
  )
    throw new UnitError(
      'It must be a URL such as "https://actions.example.com": http or https, a host, and perhaps a path.',
    );
  return url.href.replace(/\/$/, "");
}

/** The options about how others find the server: its own document, and the URL by which clients call it. */
import { UnitError } from "../../../units.ts";
import { flag, optional, under } from "../option.ts";

export const publishingOptions = under("Publishing:", {
  serverUrl: optional("--server-url <url>", {
    help: "URL by which clients call the server, such as https://actions.example.com, for its OpenAPI document",
    parse: toServerUrl,
  }),
  openDocs: flag(
    "--open-docs",
    "Show the OpenAPI document, with the names and schemas of all actions, to everybody, also without an API key",
  ),
  fullOpenapi: flag(
    "--full-openapi",
    "Describe every operation in the OpenAPI document, and not only the actions",
  ),
});

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

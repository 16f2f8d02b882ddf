/** The options of commands that ask a running server. */
import { UnitError } from "../../../units.ts";
import { flag, option, optional, secretVariable, under } from "../option.ts";
import { toPath } from "../values.ts";

export const keyOptions = under("Server:", {
  apiKey: secretVariable(
    "ACTIOND_API_KEY",
    "The API key itself, instead of a file that holds it",
  ),
  apiKeyFile: optional("--api-key-file <file>", {
    help: "File that holds the API key, if the server requires one; ACTIOND_API_KEY can hold the key itself instead",
    parse: toPath,
  }),
});

export const remoteOptions = {
  ...under("Server:", {
    url: option("--url <url>", {
      help: "Address of the server",
      default: "http://127.0.0.1:8080",
      parse: toServerUrl,
    }),
  }),
  ...keyOptions,
};

export const json = flag("--json", "Print JSON");

/** @returns the origin and path, without a slash at the end */
export function toServerUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "")
    throw new UnitError(
      'It must be the address of a server, such as "http://127.0.0.1:8080".',
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** The options that people need every day: which actions, which data, which address, which log. */
import { toInteger, UnitError } from "../../../units.ts";
import { choice, flag, option, under } from "../option.ts";
import { toPath } from "../values.ts";

/** The data folder, which several commands use. */
export const data = option("--data <folder>", {
  help: "Folder in which runs are stored",
  default: "./.actiond",
  parse: toPath,
});

/** The actions folder, which several commands read. */
export const actions = option("--actions <folder>", {
  help: "Folder of action files",
  default: "./actions",
  parse: toPath,
});

export const everydayOptions = under("Everyday options:", {
  actions,
  watch: flag("--watch", "Reload the actions when their files change"),
  data,
  host: option("--host <address>", {
    help: "Address to listen on",
    default: "127.0.0.1",
    parse: toHost,
  }),
  port: option("--port <number>", {
    help: "Port to listen on; 0 picks any free port",
    default: "8080",
    parse: (text) => toInteger(text, 0, 65_535),
  }),
  logLevel: choice("--log-level", ["debug", "info", "warn", "error"], {
    help: "Least severe level that is logged",
    default: "info",
  }),
  logFormat: choice("--log-format", ["auto", "pretty", "json"], {
    help: "Format of the log; auto is pretty on a terminal and json elsewhere",
    default: "auto",
  }),
});

/** An empty host is refused: Bun would listen on every interface. */
function toHost(text: string): string {
  if (text.trim() === "")
    throw new UnitError(
      'It must be an address or a name such as "127.0.0.1" or "localhost", not empty.',
    );
  return text;
}

/** `actiond client`: writes a typed client for the actions of a folder, or of a running server. */
import { accessOptions } from "./options/access.ts";
import { everydayOptions } from "./options/everyday.ts";
import { choice, option, optional } from "./options/option.ts";
import { toPath, toUrl } from "./options/values.ts";
import { defineCommand } from "./parse/command.ts";
import { version } from "./version.ts";

export const clientCommand = defineCommand({
  name: "client",
  description:
    "Writes a typed client for the actions of a folder, or of a running server.",
  examples: [
    "actiond client --out src/client.ts",
    "actiond client --out client.py --language python",
    "actiond client --out client.ts --url https://actions.example.com",
  ],
  arguments: {},
  options: {
    out: option("--out <file>", {
      help: "File to write; one that actiond wrote before is replaced",
      default: "./client.ts",
      parse: toPath,
    }),
    language: choice("--language", ["typescript", "python"], {
      help: "Language of the client",
      default: "typescript",
    }),
    actions: everydayOptions.actions,
    url: optional("--url <url>", {
      help: "Server whose actions are called, instead of those of a folder",
      parse: toUrl,
    }),
    apiKey: accessOptions.apiKey,
  },
  async run({ out, language, actions: folder, url, apiKey }, { note }) {
    const { writeClient } = await import("../client/write-client.ts");
    const actions =
      url === undefined
        ? await (await import("../client/read-folder.ts")).readFolder(folder)
        : await (
            await import("../client/read-server.ts")
          ).readServer(url, apiKey);
    writeClient(out, actions, { language, version });
    const count = actions.length;
    note(`Wrote ${out} for ${count} ${count === 1 ? "action" : "actions"}.\n`);
    return 0;
  },
});

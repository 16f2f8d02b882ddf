/** `actiond client`: writes a typed client for the actions of a folder, or of a running server. */
import type { DescribedAction } from "../../client/described-action.ts";
import { everydayOptions } from "../options/groups/everyday.ts";
import { choice, option, optional } from "../options/option.ts";
import { keyOptions, toServerUrl } from "../options/groups/remote.ts";
import { toPath } from "../options/values.ts";
import { defineCommand } from "../parse/command.ts";
import type { RemoteConfig } from "../remote/client.ts";
import { version } from "../version.ts";

export const clientCommand = defineCommand({
  name: "client",
  description:
    "Generates a typed client for the actions of a folder or of a running server.",
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
      help: "Address of a server whose actions are called, instead of those of a folder",
      parse: toServerUrl,
    }),
    ...keyOptions,
  },
  async run({ out, language, actions: folder, url, ...key }, { note }) {
    const { writeClient } = await import("../../client/write-client.ts");
    const actions =
      url === undefined
        ? await (await import("../../client/read-folder.ts")).readFolder(folder)
        : await readServer({ url, ...key });
    writeClient(out, actions, { language, version });
    const count = actions.length;
    note(`Wrote ${out} for ${count} ${count === 1 ? "action" : "actions"}.\n`);
    return 0;
  },
});

async function readServer(config: RemoteConfig): Promise<DescribedAction[]> {
  const { ServerClient } = await import("../remote/client.ts");
  const { toDescribed } = await import("../../client/listed-action.ts");
  const reply = await new ServerClient(config).get("/api/actions");
  const listed = (await reply.json()) as Parameters<typeof toDescribed>[0][];
  return listed.map(toDescribed);
}

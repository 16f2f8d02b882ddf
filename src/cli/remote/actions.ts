/** `actiond actions`: lists the actions of a running server. */
import { json, remoteOptions } from "../options/groups/remote.ts";
import { defineCommand } from "../parse/command.ts";

export interface ActionView {
  readonly address: string;
  readonly description: string;
  readonly isolation: string;
  readonly running: number;
  readonly input_schema: Readonly<Record<string, unknown>>;
}

export const actionsCommand = defineCommand({
  name: "actions",
  description: "Lists the actions of a running server.",
  examples: [
    "actiond actions",
    "actiond actions --url https://example.com --json",
  ],
  arguments: {},
  options: { json, ...remoteOptions },
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const { toTable } = await import("./table.ts");
    const client = new ServerClient(config);
    const found = await client.getJson<ActionView[]>("/api/actions");
    if (config.json) write(`${JSON.stringify(found, null, 2)}\n`);
    else
      write(
        toTable(
          [
            ["ADDRESS", ({ address }) => address],
            ["RUNNING", ({ running }) => String(running)],
            ["ISOLATION", ({ isolation }) => isolation],
            ["DESCRIPTION", ({ description }) => description],
          ],
          found,
        ),
      );
    return 0;
  },
});

/** `actiond keys`: creates, lists and revokes the API keys of a data folder, or of a shared database. */
import { SCOPES } from "../../access/caller.ts";
import { createKey } from "./keys/create.ts";
import { listKeys } from "./keys/list.ts";
import { openKeys } from "./keys/open.ts";
import { revokeKey } from "./keys/revoke.ts";
import { toExpiry, toName, toPackages, toScopes } from "./keys/values.ts";
import { auditLog } from "../options/groups/access.ts";
import { data } from "../options/groups/everyday.ts";
import { databaseOptions } from "../options/groups/fleet.ts";
import { option, optional } from "../options/option.ts";
import { type CommandGroup, defineCommand } from "../parse/command.ts";

/** Where the keys are. */
const place = { data, ...databaseOptions };

const createCommand = defineCommand({
  name: "create",
  description: "Creates a key and prints it. It is never shown again.",
  examples: [
    "actiond keys create ci",
    "actiond keys create dashboard --scopes read --packages greeter,shop --expires 90d",
  ],
  arguments: {
    name: { help: "Name of the key, for people", parse: toName },
  },
  options: {
    scopes: option("--scopes <scopes>", {
      help: `What the key may do: any of ${SCOPES.join(", ")}`,
      default: "run,read,cancel",
      parse: toScopes,
    }),
    packages: optional("--packages <packages>", {
      help: "Packages that the key may run and read; without this option, all of them",
      parse: toPackages,
    }),
    expiresMs: option("--expires <duration>", {
      help: "How long the key is valid, or never for a key that does not expire",
      default: "never",
      parse: toExpiry,
    }),
    ...place,
    auditLog,
  },
  async run(config, context) {
    await using opened = await openKeys(config, { isNew: true });
    const { out, note } = await createKey(config, opened);
    context.write(out);
    context.note(note);
    return 0;
  },
});

const listCommand = defineCommand({
  name: "list",
  description: "Lists the keys without their secret text.",
  examples: ["actiond keys list"],
  arguments: {},
  options: place,
  async run(config, { write }) {
    await using opened = await openKeys(config);
    write(await listKeys(opened));
    return 0;
  },
});

const revokeCommand = defineCommand({
  name: "revoke",
  description:
    "Revokes a key permanently. A running server refuses it within a second.",
  examples: ["actiond keys revoke ci"],
  arguments: {
    key: { help: "Name or id of the key", parse: String },
  },
  options: { ...place, auditLog },
  async run(config, { note }) {
    await using opened = await openKeys(config);
    note(await revokeKey(config.key, opened));
    return 0;
  },
});

export const keysCommand = {
  name: "keys",
  description:
    "Creates, lists and revokes API keys, even while a server is running. With --database-url, manages the keys of a fleet.",
  commands: [createCommand, listCommand, revokeCommand],
} satisfies CommandGroup;

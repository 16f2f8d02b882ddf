/** `actiond runs`: looks at the runs of a running server, follows and cancels them. */
import { STATUSES } from "../../run/run.ts";
import { toInteger, UnitError } from "../../units.ts";
import { flag, list, option, optional } from "../options/option.ts";
import { json, remoteOptions } from "../options/groups/remote.ts";
import { toEntries } from "../options/values.ts";
import { type CommandGroup, defineCommand } from "../parse/command.ts";

const id = { help: "Id of the run", parse: toId };

const listCommand = defineCommand({
  name: "list",
  description: "Lists runs, the newest first.",
  examples: [
    "actiond runs list",
    "actiond runs list --status failed --action greeter/greet --limit 100",
  ],
  arguments: {},
  options: {
    status: list("--status <status>", {
      help: `Only runs with this status: ${STATUSES.join(", ")}`,
      parse: (text) => toEntries(text).map(toStatus),
    }),
    action: optional("--action <address>", {
      help: "Only runs of this action, such as greeter/greet, or of this package",
      parse: String,
    }),
    limit: option("--limit <count>", {
      help: "How many runs to list",
      default: "20",
      parse: (text) => toInteger(text, 1, 1_000_000),
    }),
    json,
    ...remoteOptions,
  },
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const { listRuns } = await import("./runs/list.ts");
    await listRuns(config, { client: new ServerClient(config), write });
    return 0;
  },
});

const showCommand = defineCommand({
  name: "show",
  description: "Shows one run: its state, its input and its outcome.",
  examples: ["actiond runs show 01a20f06-1f74-7330-8e6a-42f28d932f57"],
  arguments: { id },
  options: { json, ...remoteOptions },
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const { describeRun } = await import("./run-view.ts");
    const client = new ServerClient(config);
    const run = await client.getJson<Parameters<typeof describeRun>[0]>(
      `/api/runs/${config.id}`,
    );
    write(config.json ? `${JSON.stringify(run, null, 2)}\n` : describeRun(run));
    return 0;
  },
});

const cancelCommand = defineCommand({
  name: "cancel",
  description: "Cancels a run.",
  examples: ["actiond runs cancel 01a20f06-1f74-7330-8e6a-42f28d932f57"],
  arguments: { id },
  options: remoteOptions,
  async run(config, { write, note }) {
    const { ServerClient } = await import("./client.ts");
    const client = new ServerClient(config);
    const path = `/api/runs/${config.id}/cancel`;
    const said = await client.getJson<string>(path, { method: "POST" });
    write(`${said}\n`);
    if (said === "cancelled") return 0;
    note("actiond: The run had ended before.\n");
    return 1;
  },
});

const logsCommand = defineCommand({
  name: "logs",
  description: "Prints the log of a run, including what it printed.",
  examples: ["actiond runs logs 01a20f06-1f74-7330-8e6a-42f28d932f57 --follow"],
  arguments: { id },
  options: {
    follow: flag(
      "--follow",
      "Go on with each new line until the run has ended",
    ),
    json,
    ...remoteOptions,
  },
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const { followLog } = await import("./runs/follow.ts");
    await followLog(config, { client: new ServerClient(config), write });
    return 0;
  },
});

const waitCommand = defineCommand({
  name: "wait",
  description:
    "Waits until a run has ended, and prints its result. The exit code is 0 if the run passed, and 1 if not.",
  examples: ["actiond runs wait 01a20f06-1f74-7330-8e6a-42f28d932f57"],
  arguments: { id },
  options: remoteOptions,
  async run(config, { write, note }) {
    const { ServerClient } = await import("./client.ts");
    const { waitForResult } = await import("./runs/wait.ts");
    const client = new ServerClient(config);
    return await waitForResult(config.id, { client, write, note });
  },
});

const redeliverCommand = defineCommand({
  name: "redeliver",
  description: "Sends the callback of a run again.",
  examples: ["actiond runs redeliver 01a20f06-1f74-7330-8e6a-42f28d932f57"],
  arguments: { id },
  options: remoteOptions,
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const client = new ServerClient(config);
    const { url } = await client.getJson<{ url: string }>(
      `/api/runs/${config.id}/callback/redeliver`,
      { method: "POST" },
    );
    write(`The callback is sent to ${url} again.\n`);
    return 0;
  },
});

export const runsCommand = {
  name: "runs",
  description:
    "Lists, shows, follows and cancels the runs of a running server.",
  commands: [
    listCommand,
    showCommand,
    cancelCommand,
    logsCommand,
    waitCommand,
    redeliverCommand,
  ],
} satisfies CommandGroup;

function toId(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw new UnitError(
    'It must be the id of a run, such as "01a20f06-1f74-7330-8e6a-42f28d932f57".',
  );
}

function toStatus(text: string): string {
  const found = STATUSES.find((status) => status === text);
  if (found !== undefined) return found;
  throw new UnitError(`It must be one of ${STATUSES.join(", ")}.`);
}

/** Clients hear of actions that were added while the executable runs, and can call them. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { connect, ERAS } from "../../mcp/connect.ts";
import { makeTemporaryFolder, startExecutable } from "../../server.ts";

const write = (folder: string, name: string) =>
  Bun.write(
    join(folder, `${name}.ts`),
    `import { action } from "actiond";
export const act = action({ run: () => "${name}" });
`,
  );

test.each(ERAS)(
  "a client whose era is %s hears of an action that was added, and calls it",
  async (era) => {
    const actions = makeTemporaryFolder();
    await write(actions, "first");
    const options = ["--watch"];
    await using server = await startExecutable({ actions, options });
    const { promise: heard, resolve } = Promise.withResolvers<unknown>();
    await using connected = await connect(server.url, era, {
      listChanged: {
        tools: {
          debounceMs: 0,
          onChanged(_error, tools) {
            if (tools?.length === 2) resolve(tools.map(({ name }) => name));
          },
        },
      },
    });
    // A client of 2025 opens its stream for news when it likes.
    const timer = setInterval(() => void write(actions, "second"), 200);
    expect(await heard).toEqual(["first_act", "second_act"]);
    clearInterval(timer);
    const result = await connected.client.callTool({ name: "second_act" });
    expect(result.content).toEqual([{ type: "text", text: "second" }]);
  },
);

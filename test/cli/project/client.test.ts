/** `actiond client` reads actions from a folder or a server, and writes a file. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../../src/cli/program.ts";
import { FIXTURES, makeTemporaryFolder, startInProcess } from "../../server.ts";

async function write(...options: string[]) {
  const out = join(makeTemporaryFolder(), "client");
  let note = "";
  const code = await runProgram(
    ["client", "--out", out, ...options],
    {},
    {
      main: import.meta.url,
      restart: () => {
        throw new Error("Nothing is restarted here.");
      },
      write: () => {},
      note: (text) => (note += text),
    },
  );
  return { code, note, text: () => readFileSync(out, "utf8") };
}

test.each(["typescript", "python"])(
  "a client in %s is the same, whether its actions come from a folder or from a server",
  async (language) => {
    await using server = await startInProcess();
    const ofFolder = await write("--actions", FIXTURES, "--language", language);
    const ofServer = await write("--url", server.url, "--language", language);
    expect([ofFolder.code, ofServer.code]).toEqual([0, 0]);
    expect(ofFolder.note).toMatch(/^Wrote .+ for \d\d actions\.\n$/);
    expect(ofServer.text()).toBe(ofFolder.text());
  },
);

test("a folder that cannot be served is said as the server says it", async () => {
  const folder = join(makeTemporaryFolder(), "missing");
  const { code, note } = await write("--actions", folder);
  expect(code).toBe(1);
  expect(note).toContain(`The actions folder ${folder} does not exist.`);
});

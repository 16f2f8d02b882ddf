/** A written client is typed as its actions are, under the strictest settings of TypeScript. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OperatorError } from "../../src/errors.ts";
import { LANGUAGES, writeClient } from "../../src/client/write-client.ts";
import { makeTemporaryFolder } from "../server.ts";
import { writeFixtureClient } from "./write.ts";

const SETTINGS = {
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  target: "ES2022",
  module: "preserve",
  lib: ["ES2023", "DOM", "DOM.AsyncIterable"],
  types: [],
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
};

/** @returns what the type checker says, "" when it finds nothing */
async function check(file: string, use: string): Promise<string> {
  const folder = dirname(file);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: SETTINGS, include: ["*.ts"] }),
  );
  writeFileSync(join(folder, "use.ts"), use);
  const child = Bun.spawn([process.execPath, "check", "-p", folder], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors, code] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return code === 0 ? "" : out + errors;
}

test("inputs and results have their types", async () => {
  const file = await writeFixtureClient();
  const said = await check(
    file,
    `import { type Actions, ActionFailedError, createClient, InvalidInputError, readCallback, type RunHandle } from "./client.ts";
const client = createClient({ url: "http://localhost:8080" });
export const sum: number = await client.probe.add({ a: 1 });
// @ts-expect-error -- a result has the type of its action
export const text: string = await client.probe.add({ a: 1 });
// @ts-expect-error -- a required member is missing
await client.probe.add({});
// @ts-expect-error -- an input is missing
await client.probe.add();
// @ts-expect-error -- a member is of another type
await client.probe.add({ a: "1" });
// @ts-expect-error -- there is no such action
await client.probe.nothing();
await client.probe.noop();
await client.probe.noop({}, { signal: AbortSignal.timeout(1), runTimeout: 5 });
export const run: RunHandle<string> = await client.probe.gate.start({ path: "x" }, { callback: "https://example.com" });
for await (const { event, data } of run.events()) if (event === "finished") { const { run_id: id } = data; await client.probe.gate.attach(id).cancel(); }
export type Add = Actions["probe"]["add"]["input"];
export const failure = new ActionFailedError({ code: "x" }).code;
export const places = (error: InvalidInputError) => error.errors.map(({ path }) => path);
export async function receive(request: Request): Promise<number> {
  const outcome = await readCallback<number>(request, "whsec_x");
  return outcome.status === "passed" ? outcome.result : 0;
}
`,
  );
  expect(said).toBe("");
});

test("the example actions have a client without faults", async () => {
  const folder = join(import.meta.dir, "../../actions");
  const file = await writeFixtureClient("typescript", folder);
  expect(await check(file, "export {};\n")).toBe("");
});

test("names that would meet keep the spelling of their addresses", async () => {
  const file = join(makeTemporaryFolder(), "client.ts");
  const describeAction = (packageName: string, action: string) => ({
    package: packageName,
    action,
    description: "",
    inputSchema: { type: "object" },
    outputSchema: null,
  });
  const actions = [
    describeAction("a-b1", "write"),
    describeAction("a-b-1", "write"),
    describeAction("import", "delete"),
  ];
  writeClient(file, actions, { language: "typescript", version: "1" });
  const use = `import { createClient } from "./client.ts";
const client = createClient({ url: "" });
await client["a-b1"].write();
await client["a-b-1"].write();
await client.import.delete();
`;
  expect(await check(file, use)).toBe("");
});

describe.each(LANGUAGES)("in %s", (language) => {
  test("a client is written over one that was written before, and over nothing else", async () => {
    const file = await writeFixtureClient(language);
    const write = () => writeClient(file, [], { language, version: "1.2.3" });
    write();
    writeFileSync(file, "mine");
    expect(write).toThrow(OperatorError);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("a file that cannot be written is said in one sentence", () => {
    const file = join(makeTemporaryFolder(), "folder");
    mkdirSync(file);
    const write = () => {
      writeClient(file, [], { language, version: "1.2.3" });
    };
    expect(write).toThrow(OperatorError);
  });
});

/**
 * Tools in Python, from PyPI, against a real server: `bun run interop`. Validates the raw document, lets Schemathesis send
 * what it makes of it, and calls with the client that openapi-python-client makes of it.
 */
import { parseArgs } from "node:util";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, startInProcess } from "../server.ts";

const { values } = parseArgs({
  options: {
    examples: { type: "string", default: "20" },
    seed: { type: "string", default: "7" },
  },
});
const ROOT = join(import.meta.dir, "..", "..");
const PYTHON = join(import.meta.dir, "python");
const VENV = join(ROOT, "node_modules", ".cache", "actiond-interop");
const bin = (name: string) => join(VENV, "bin", name);
/** A stream that does not end; and what takes a text in a text, or makes everything else ask for a key; and a long wait. */
const EXCLUDED = [
  "listEvents",
  "openSocket",
  "setSecrets",
  "createKey",
  "wait",
];

async function run(
  command: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  console.log(`> ${command.map((part) => part.replace(ROOT, ".")).join(" ")}`);
  const child = Bun.spawn([...command], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exitCode = await child.exited;
  if (exitCode !== 0) process.exit(exitCode);
}

/** @param key makes it a server that asks for this key */
async function meet(
  name: string,
  actions: string,
  key?: string,
): Promise<string> {
  const folder = makeTemporaryFolder();
  // Actions that look at the folder of the server find little there.
  process.chdir(folder);
  await using server = await startInProcess({
    actions,
    options: ["--callback-allow", "127.0.0.1:9"],
    environment: key === undefined ? {} : { ACTIOND_API_KEY: key },
  });
  const document = join(folder, `${name}.json`);
  const headers = key === undefined ? undefined : { "x-api-key": key };
  const path = "/openapi.json?full";
  await Bun.write(document, await server.request(path, headers && { headers }));
  await run([bin("openapi-spec-validator"), document], folder);
  const config = join(folder, "schemathesis.toml");
  const settings = await Bun.file(join(PYTHON, "schemathesis.toml")).text();
  await Bun.write(
    config,
    key === undefined ? settings : RATE + settings + toAuth(key),
  );
  const options = [
    ["--url", server.url],
    ["--max-examples", values.examples],
    ["--seed", values.seed],
    ["--no-color"],
    ...EXCLUDED.map((id) => ["--exclude-operation-id", id]),
  ];
  await run(
    [bin("st"), "--config-file", config, "run", document, ...options.flat()],
    folder,
    { SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: PYTHON },
  );
  return document;
}

/** More requests without a valid key than 20 a second are not even told what is wrong with it. */
const RATE = 'rate-limit = "15/s"\n';

/** Both ways in which a key can be sent. */
function toAuth(key: string): string {
  return `
[auth.openapi.bearer]
bearer = ${JSON.stringify(key)}

[auth.openapi.apiKey]
api_key = ${JSON.stringify(key)}
`;
}

async function call(document: string, actions: string): Promise<void> {
  const folder = makeTemporaryFolder();
  const output = join(folder, "client");
  const options = ["--path", document, "--meta", "none"];
  await run(
    [
      bin("openapi-python-client"),
      "generate",
      ...options,
      "--output-path",
      output,
    ],
    folder,
    // It formats what it writes with a program beside it.
    { PATH: `${join(VENV, "bin")}:${process.env["PATH"]}` },
  );
  await using server = await startInProcess({ actions });
  await run(
    [bin("python"), join(PYTHON, "exercise.py"), server.url, folder],
    folder,
  );
}

if (Bun.which("python3") === null) {
  console.error("This needs Python 3, which is not installed.");
  process.exit(1);
}
mkdirSync(VENV, { recursive: true });
await run(["python3", "-m", "venv", VENV], ROOT);
const requirements = join(PYTHON, "requirements.txt");
await run([bin("pip"), "install", "--quiet", "-r", requirements], ROOT);
const hard = join(import.meta.dir, "actions");
await call(await meet("hard", hard), hard);
await meet("keys", hard, "the-one-key-of-this-server");
await meet("examples", join(ROOT, "actions"));
console.log(
  "Every tool took the document, and the server what they made of it.",
);
process.exit(0);

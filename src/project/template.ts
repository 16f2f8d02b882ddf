/** The files of a new project. */

/** @param name the name of the folder */
export function makeTemplate(name: string): Readonly<Record<string, string>> {
  return {
    "actions/greeter.ts": GREETER,
    "actions/greeter.test.ts": GREETER_TEST,
    "package.json": toJson({
      name: toPackageName(name),
      private: true,
      type: "module",
    }),
    "tsconfig.json": toJson(TSCONFIG),
    ".gitignore": "node_modules/\n.actiond/\n*.log\n",
    "README.md": toReadme(name),
  };
}

/** The settings for `actiond check` where a project has none. */
export const COMPILER_OPTIONS = {
  target: "ESNext",
  module: "Preserve",
  moduleResolution: "bundler",
  moduleDetection: "force",
  lib: ["ESNext"],
  types: ["actiond/bun"],
  allowImportingTsExtensions: true,
  verbatimModuleSyntax: true,
  resolveJsonModule: true,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  noUncheckedIndexedAccess: true,
} as const;

const TSCONFIG = {
  compilerOptions: COMPILER_OPTIONS,
  include: ["**/*.ts", "**/*.tsx"],
};

const GREETER = `import { action, ActionError, t } from "actiond";

// The address of this action is greeter/greet: the name of the file, and the name of the export.
export const greet = action({
  description: "Greets a person.",
  input: t.Object({
    name: t.String({ description: "The name of the person to greet" }),
    greeting: t.String({ default: "Hello" }),
  }),
  output: t.String(),
  run({ name, greeting }, { log }) {
    if (name.trim() === "")
      throw new ActionError("The name is empty.", { code: "empty_name", status: 422 });
    log.info("Greeting a person.", { name });
    return \`\${greeting} \${name}.\`;
  },
});
`;

const GREETER_TEST = `import { expect, test } from "bun:test";
import { callAction, makeContext } from "actiond/test";
import { greet } from "./greeter.ts";

test("a person is greeted, with a default greeting", async () => {
  const context = makeContext();
  expect(await callAction(greet, { name: "Ada" }, context)).toBe("Hello Ada.");
  expect(context.lines).toHaveLength(1);
});

test("an empty name is refused", async () => {
  await expect(callAction(greet, { name: " " })).rejects.toThrow("The name is empty.");
});

test("an input that does not match the schema is refused", async () => {
  await expect(callAction(greet, { name: 7 })).rejects.toThrow("/name: must be a string");
});
`;

function toReadme(name: string): string {
  return `# ${name}

Actions for actiond. Each exported action in \`actions/\` is an HTTP endpoint.

| command | what it does |
| --- | --- |
| \`actiond dev\` | Serves the actions on http://127.0.0.1:8080, and loads them again when a file is saved. |
| \`actiond run greeter/greet --name Ada\` | Runs one action without a server. |
| \`actiond test\` | Runs the tests. |
| \`actiond check\` | Checks the types. |
| \`actiond add PACKAGE\` | Installs an npm package. |
| \`actiond build --outfile server\` | Makes one executable of the server and the actions. |

\`\`\`sh
curl localhost:8080/api/actions/greeter/greet/run -H 'content-type: application/json' -d '{"name": "Ada"}'
\`\`\`
`;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The names that npm accepts: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name */
function toPackageName(name: string): string {
  const cleaned = name
    .toLowerCase()
    .replaceAll(/[^a-z\d-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return cleaned === "" ? "actions" : cleaned;
}

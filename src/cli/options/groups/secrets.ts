/** The options about secrets of actions. */
import { parseDecryptKeys } from "../../../secrets/decrypt-keys.ts";
import { type Definition, optional, secretVariable, under } from "../option.ts";
import { toPath } from "../values.ts";

const secretsFile = optional("--secrets-file <file>", {
  help: "File with secrets for actions: a JSON object, or lines such as NAME=value; it is read again when it changes",
  parse: toPath,
});

export const secretOptions = under("Secrets:", {
  secretsFile,
  decryptKeys: keysVariable(),
});

/** It has the name that it has in the original. */
function keysVariable(): Definition<readonly Buffer[]> {
  return {
    ...secretVariable(
      "ACTION_SERVER_DECRYPT_KEYS",
      "JSON array of base64 keys that decrypt the contexts and secrets of requests",
    ),
    parse: parseDecryptKeys,
    whenMissing: () => [],
  };
}

/** The options about secrets of actions. */
import { parseDecryptKeys } from "../../../secrets/decrypt-keys.ts";
import { type Definition, optional, secretVariable, under } from "../option.ts";
import { toPath } from "../values.ts";

const secretsFile = optional("--secrets-file <file>", {
  help: "File with secrets of actions: a JSON object, or a line such as NAME=value for each; it is read again when it has changed",
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
      "JSON list of keys in base64, with which contexts and secrets of requests are decrypted",
    ),
    parse: parseDecryptKeys,
    whenMissing: () => [],
  };
}

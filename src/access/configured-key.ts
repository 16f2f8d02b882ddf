/** Reads the one key that is configured: that of `ACTIOND_API_KEY`, or of the file that `--api-key-file` names. */
import { UsageError } from "../errors.ts";
import { readSecretFile } from "../secret-file.ts";
import { isToken } from "./token.ts";

const MIN_LENGTH = 16;
const FORM = `${MIN_LENGTH} to 256 visible ASCII characters without spaces, such as those of "openssl rand -hex 32"`;

/**
 * @returns undefined when neither is given
 * @throws {UsageError} when the key cannot be read or is not valid; the message does not contain it
 */
export function readConfiguredKey({
  apiKey,
  apiKeyFile,
}: {
  apiKey: string | undefined;
  apiKeyFile: string | undefined;
}): string | undefined {
  if (apiKey !== undefined && apiKeyFile !== undefined)
    throw new UsageError(
      "ACTIOND_API_KEY and --api-key-file are both given. Give only one of them.",
    );
  if (apiKey !== undefined) return check("ACTIOND_API_KEY", apiKey);
  if (apiKeyFile !== undefined)
    return check(
      `The file ${apiKeyFile}`,
      readSecretFile("the API key", apiKeyFile).trim(),
    );
  return undefined;
}

function check(source: string, key: string): string {
  if (key.length < MIN_LENGTH || !isToken(key))
    throw new UsageError(
      `${source} does not hold an API key. A key is ${FORM}.`,
    );
  return key;
}

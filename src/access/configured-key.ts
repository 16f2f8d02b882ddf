/** The one key that comes from outside: `ACTIOND_API_KEY`, or the file that `--api-key-file` names. */
import { readFileSync } from "node:fs";
import { isToken } from "./token.ts";
import { UsageError } from "../errors.ts";

const MIN_LENGTH = 16;
const FORM = `${MIN_LENGTH} to 256 visible ASCII characters without spaces, such as those of "openssl rand -hex 32"`;

/**
 * @returns undefined when neither is given
 * @throws {UsageError} when the key cannot be read, or is none; never quoting it
 */
export function readConfiguredKey({
  apiKey,
  apiKeyFile,
}: {
  apiKey?: string | undefined;
  apiKeyFile?: string | undefined;
}): string | undefined {
  if (apiKey !== undefined && apiKeyFile !== undefined)
    throw new UsageError(
      "ACTIOND_API_KEY and --api-key-file are both given. Give one of them: there is one such key.",
    );
  if (apiKey !== undefined) return check("ACTIOND_API_KEY", apiKey);
  if (apiKeyFile !== undefined)
    return check(`The file ${apiKeyFile}`, readText(apiKeyFile).trim());
  return undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `The file of the API key cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

function check(source: string, key: string): string {
  if (key.length < MIN_LENGTH || !isToken(key))
    throw new UsageError(`${source} holds no API key. It must be ${FORM}.`);
  return key;
}

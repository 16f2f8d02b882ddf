/** Runs an action in this process, and shows its outcome. */
import type { LogFormat, LogLevel } from "../../log.ts";
import type { DecryptKeys } from "../../secrets/decrypt-keys.ts";
import type { ProgramContext } from "../parse/command.ts";
import { Interruption } from "./interruption.ts";
import { makeInput } from "./input.ts";
import { showResult } from "./show-result.ts";

/** @returns the exit code: 0 passed, 1 failed, 2 the input is wrong, 130 or 143 ended by a signal */
export async function runHere(
  config: {
    readonly actions: string;
    readonly address: string;
    readonly input: string | undefined;
    readonly members: readonly string[];
    readonly logLevel: LogLevel;
    readonly logFormat: LogFormat;
    readonly secretsFile: string | undefined;
    readonly decryptKeys: DecryptKeys;
  },
  { write, note, environment }: ProgramContext,
): Promise<number> {
  const interruption = new Interruption(note);
  const [{ createLog }, { runOnce }, { Vault }, { SecretsFile }] =
    await Promise.all([
      import("../../log.ts"),
      import("../../run-once.ts"),
      import("../../secrets/vault.ts"),
      import("../../secrets/secrets-file.ts"),
    ]);
  const log = createLog({ format: config.logFormat, level: config.logLevel });
  const { secretsFile } = config;
  using file =
    secretsFile === undefined
      ? undefined
      : new SecretsFile(secretsFile, (error) => {
          log.error("The secrets could not be reloaded.", { error });
        });
  const outcome = await runOnce({
    folder: config.actions,
    address: config.address,
    toInput: (schema) => makeInput(config, schema),
    signal: interruption.signal,
    log,
    vault: new Vault({ file, environment, keys: config.decryptKeys }),
  });
  if (interruption.code !== undefined) return interruption.code;
  if (outcome.status === "passed") {
    write(showResult(outcome.result));
    return 0;
  }
  const { code, message } = outcome.error;
  note(`actiond: ${config.address} failed with ${code}: ${message}\n`);
  if (outcome.error.data !== undefined)
    note(`${JSON.stringify(outcome.error.data, null, 2)}\n`);
  return 1;
}

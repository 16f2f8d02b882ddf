/** Looks for damage in the database while the server serves: it takes half a second for a million runs. */
import { ServerError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { Store } from "../open.ts";

/**
 * Begins after `delayMs`, on a thread of its own. Disposing of it ends the check wherever it is.
 */
export function checkIntegrity(
  { openReader }: Pick<Store, "openReader">,
  log: Log,
  delayMs = 0,
): AsyncDisposable {
  const reader = openReader();
  const begin = setTimeout(() => {
    void check(reader, log);
  }, delayMs);
  return {
    async [Symbol.asyncDispose]() {
      clearTimeout(begin);
      await reader[Symbol.asyncDispose]();
    },
  };
}

async function check(
  reader: ReturnType<Store["openReader"]>,
  log: Log,
): Promise<void> {
  const startedAt = performance.now();
  try {
    const damage = await reader.ask(["quickCheck", null]);
    const ms = Math.round(performance.now() - startedAt);
    if (damage === "ok") log.debug("The database is sound.", { ms });
    else
      log.error(
        "The database is damaged. Stop the server, keep a copy of the data folder and put a backup in its place.",
        { damage },
      );
  } catch (error) {
    const isCutOff =
      error instanceof ServerError && error.code === "shutting_down";
    if (isCutOff) return;
    log.error("The database could not be checked for damage.", { error });
  }
  await reader[Symbol.asyncDispose]();
}

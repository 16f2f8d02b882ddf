/** Calls no code without the secrets that it needs: they may be gone since the run was accepted. */
import { toMessage, type Vault } from "../secrets/vault.ts";
import { failed } from "./outcome.ts";
import type { Executor } from "./task.ts";

export function requireSecrets(
  execute: Executor,
  vault: Pick<Vault, "find">,
): Executor {
  return (task) => {
    const { entry, sent } = task;
    if (entry.action.secrets.length === 0) return execute(task);
    const { missing } = vault.find(entry, sent);
    if (missing.length === 0) return execute(task);
    return failed("missing_secret", toMessage(entry, missing));
  };
}

/** Opens the keys of a data folder, and the audit log that is told of changes. */
import type { KeyEditor } from "../../../access/key.ts";
import type { Audit } from "../../../audit/entry.ts";

/** What a command needs to look at keys and to change them. */
export interface OpenKeys {
  readonly keys: KeyEditor;
  /** Told of each change before anybody else is. */
  readonly audit?: Audit | undefined;
  /** Number of the user who runs the command: its name would come from the environment, which anybody can set. */
  readonly uid?: number | undefined;
  readonly now: number;
}

/**
 * @param options.isNew whether the folder may be a new one
 * @throws {OperatorError} when the folder or the audit log cannot be used
 */
export async function openKeys(
  config: { readonly data: string; readonly auditLog?: string | undefined },
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<OpenKeys & Disposable> {
  const [{ AuditFile }, { createLog }, { openKeyEditor }] = await Promise.all([
    import("../../../audit/audit-file.ts"),
    import("../../../log.ts"),
    import("../../../store/sqlite/keys.ts"),
  ]);
  using opened = new DisposableStack();
  // First, because a change that cannot be recorded must not be made.
  const audit =
    config.auditLog === undefined
      ? undefined
      : opened.use(
          new AuditFile(
            config.auditLog,
            createLog({ format: "pretty", level: "error" }),
          ),
        );
  const keys = opened.use(openKeyEditor(config.data, { isNew }));
  const kept = opened.move();
  return {
    keys,
    audit,
    uid: process.getuid?.(),
    now: Date.now(),
    [Symbol.dispose]() {
      kept.dispose();
    },
  };
}

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

/** Where the keys are: in a database that is named, else in the data folder. */
interface Place {
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly databaseUrlFile: string | undefined;
  readonly databaseSchema: string;
  readonly auditLog?: string | undefined;
}

/**
 * @param options.isNew whether the folder may be a new one
 * @throws {OperatorError} when the folder, the database or the audit log cannot be used
 */
export async function openKeys(
  config: Place,
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<OpenKeys & AsyncDisposable> {
  const [{ AuditFile }, { createLog }] = await Promise.all([
    import("../../../audit/audit-file.ts"),
    import("../../../log.ts"),
  ]);
  await using opened = new AsyncDisposableStack();
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
  const keys = opened.use(await openEditor(config, isNew));
  const kept = opened.move();
  return {
    keys,
    audit,
    uid: process.getuid?.(),
    now: Date.now(),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

async function openEditor(
  { data, databaseSchema, ...given }: Place,
  isNew: boolean,
): Promise<KeyEditor & (Disposable | AsyncDisposable)> {
  const { findDatabaseUrl } = await import("../../../store/database-url.ts");
  const databaseUrl = findDatabaseUrl(given);
  if (databaseUrl === undefined) {
    const { openKeyEditor } = await import("../../../store/sqlite/keys.ts");
    return openKeyEditor(data, { isNew });
  }
  const { openKeyEditor } = await import("../../../store/postgres/keys.ts");
  const { toTarget } =
    await import("../../../store/postgres/connect/target.ts");
  return await openKeyEditor(toTarget(databaseUrl, databaseSchema));
}

/** `actiond keys …`: what its command lines ask for. */
import type { Command as Program } from "commander";
import { type Scope, SCOPES } from "../access/caller.ts";
import { toDuration, UnitError } from "../units.ts";
import { makeOption, makeUnsetOption, toParser } from "./option.ts";
import { auditLogOption, dataOption } from "./serve-options.ts";

interface Common {
  readonly data: string;
  /** Absolute path of the audit log, which is told of changes. */
  readonly auditLog?: string | undefined;
}

/** What to do with the keys of a data folder, which is an absolute path. */
export type KeysConfig = Common &
  (
    | {
        readonly action: "create";
        readonly name: string;
        readonly scopes: readonly Scope[];
        /** Null for all. */
        readonly packages: readonly string[] | null;
        /** How long it is good; Infinity for ever. */
        readonly expiresMs: number;
      }
    | { readonly action: "list" }
    | {
        readonly action: "revoke";
        /** Name or id. */
        readonly key: string;
      }
  );

/** The options of `keys create`, as they are called. */
interface Asked extends Common {
  readonly scopes: readonly Scope[];
  readonly packages?: readonly string[];
  readonly expires: number;
}

const NAME = /^(?!key_)[\w.-]{1,64}$/;
const PACKAGE = /^[a-z\d]+(?:-[a-z\d]+)*$/;
const MAX_EXPIRES_MS = 36_500 * 86_400_000;

/**
 * Adds the commands to a program.
 *
 * @param found called with what the command line asks for
 * @param read reads the options of a command that the command line does not have
 */
export function addKeysCommand(
  program: Program,
  found: (config: KeysConfig) => void,
  read: (command: Program) => void,
): void {
  const keys = program
    .command("keys")
    .description(
      "Creates, lists and revokes API keys, also while a server runs.",
    );
  const create = keys
    .command("create")
    .description("Creates a key and shows it, only this once.")
    .argument("<name>", "what people shall know it by", toParser(toName))
    .addOption(
      makeOption(
        "--scopes <scopes>",
        `what it may do: ${SCOPES.join(", ")}`,
        "run,read,cancel",
        toScopes,
      ),
    )
    .addOption(
      makeUnsetOption(
        "--packages <packages>",
        "packages it may run and read; none named: all",
        toPackages,
      ),
    )
    .addOption(
      makeOption(
        "--expires <duration>",
        "how long it is good, or never",
        "never",
        toExpiry,
      ),
    )
    .addOption(dataOption())
    .addOption(auditLogOption())
    .action((name: string) => {
      read(create);
      const { packages = null, expires, ...asked } = create.opts<Asked>();
      // What an admin sees of everybody it could not be kept from in some packages.
      if (packages !== null && asked.scopes.includes("admin"))
        create.error(
          'error: A key with the scope "admin" may do everything: --packages cannot limit it.',
        );
      found({
        ...asked,
        action: "create",
        name,
        packages,
        expiresMs: expires,
      });
    });
  const list = keys
    .command("list")
    .description("Lists the keys, without what they are.")
    .addOption(dataOption())
    .action(() => {
      read(list);
      found({ ...list.opts<Common>(), action: "list" });
    });
  const revoke = keys
    .command("revoke")
    .description("Revokes a key for ever. A server refuses it within a second.")
    .argument("<key>", "its name or id")
    .addOption(dataOption())
    .addOption(auditLogOption())
    .action((key: string) => {
      read(revoke);
      found({ ...revoke.opts<Common>(), action: "revoke", key });
    });
}

function toName(text: string): string {
  if (NAME.test(text)) return text;
  throw new UnitError(
    'It must be 1 to 64 letters, digits, "-", "_" and ".", and not begin with "key_".',
  );
}

function toScopes(text: string): Scope[] {
  const names = split(text);
  const unknown = names.find(
    (name) => !(SCOPES as readonly string[]).includes(name),
  );
  if (names.length > 0 && unknown === undefined)
    return [...new Set(names)] as Scope[];
  throw new UnitError(
    `It must be some of ${SCOPES.join(", ")}, with commas between them.`,
  );
}

function toPackages(text: string): string[] {
  const names = split(text);
  if (names.length > 0 && names.every((name) => PACKAGE.test(name)))
    return [...new Set(names)];
  throw new UnitError(
    'It must be names of packages such as "greeter,shop", as they are in the addresses of actions.',
  );
}

function toExpiry(text: string): number {
  if (text === "never") return Infinity;
  const ms = toDuration(text, MAX_EXPIRES_MS);
  if (ms > 0) return ms;
  throw new UnitError('It must be longer than that, or "never".');
}

function split(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

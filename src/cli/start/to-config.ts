/** Turns the command line of the original into the configuration of a server. */
import { existsSync } from "node:fs";
import { UsageError } from "../../errors.ts";
import type { ServeConfig } from "../options/groups/serve-options.ts";
import type { Values } from "../options/option.ts";
import type { originalOptions } from "./original-options.ts";

export type StartConfig = ServeConfig & Values<typeof originalOptions>;

interface Started {
  readonly config: ServeConfig;
  /** A sentence for each option that means nothing here. */
  readonly notes: readonly string[];
}

/** @throws {UsageError} an option has no counterpart, and the server would not be what was asked for */
export function toServeConfig(given: StartConfig): Started {
  const refusal = findRefusal(given);
  if (refusal !== undefined) throw new UsageError(refusal);
  const { address, datadir, key, minProcesses, maxProcesses } = given;
  const children = minProcesses ?? given.children;
  return {
    config: {
      ...given,
      actions: findFolder(given),
      data: datadir ?? given.data,
      host: address ?? given.host,
      apiKey: key === undefined || key === "None" ? given.apiKey : key,
      children,
      maxChildren: maxProcesses ?? Math.max(given.maxChildren, children),
      tlsCert: given.sslCertfile ?? given.tlsCert,
      tlsKey: given.sslKeyfile ?? given.tlsKey,
      watch: given.watch || given.autoReload,
      fullOpenapi: given.fullOpenapi || given.fullSpec,
      logLevel: given.verbose ? "debug" : given.logLevel,
    },
    notes: [...listNotes(given)],
  };
}

function findRefusal(given: StartConfig): string | undefined {
  if (given.expose || given.exposeAllowReuse)
    return "--expose has no counterpart: put a proxy or a tunnel of your own in front, and name it with --allow-host and --server-url.";
  if (given.oauth2Settings !== undefined)
    return "--oauth2-settings has no counterpart: let the client get the tokens, and send them as secrets in x-action-context.";
  const hasCertificate =
    (given.sslCertfile ?? given.tlsCert) !== undefined &&
    (given.sslKeyfile ?? given.tlsKey) !== undefined;
  if (given.sslSelfSigned || (given.https && !hasCertificate))
    return "No certificate is made here: make one, such as with openssl, and name it with --ssl-certfile and --ssl-keyfile.";
  if (given.dir.length > 1)
    return `Only one folder of actions can be served, and there are ${given.dir.length} --dir. Put the packages into one folder.`;
  return undefined;
}

function* listNotes(given: StartConfig): Generator<string> {
  if (given.actionsSync === false)
    yield "--actions-sync=false has no effect: the actions in the folder are always served.";
  if (given.dbFile !== undefined)
    yield `--db-file has no effect: runs are kept in ${given.datadir ?? given.data}, on the disk.`;
  if (given.killLockHolder)
    yield "--kill-lock-holder has no effect: if the data folder is in use, the server says by which process, and exits.";
}

/** The original serves the folder that it is started in; a project of actiond has a folder called "actions". */
function findFolder({ dir, actions }: StartConfig): string {
  return dir[0] ?? (existsSync(actions) ? actions : process.cwd());
}

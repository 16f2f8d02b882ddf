/** `server-info.json` in the data folder, in which launchers of the original read where the server is. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServeConfig } from "../options/groups/serve-options.ts";
import { version } from "../version.ts";

const NAME = "server-info.json";

/** Writes it, until what this returns is disposed of. */
export function writeServerInfo(
  { data, host, tlsCert, tlsKey }: ServeConfig,
  url: string,
): Disposable {
  const file = join(data, NAME);
  const { port, protocol } = new URL(url);
  const isSecure = protocol === "https:";
  const info = {
    pid: process.pid,
    port: Number(port === "" ? (isSecure ? 443 : 80) : port),
    address: host,
    url,
    datadir: data,
    use_https: isSecure,
    ssl_certfile: tlsCert ?? null,
    ssl_keyfile: tlsKey ?? null,
    version,
    child_pids: [],
  };
  // Whoever reads it sees all of it.
  const written = `${file}.${process.pid}.tmp`;
  writeFileSync(written, JSON.stringify(info, null, 2), { mode: 0o600 });
  renameSync(written, file);
  return {
    [Symbol.dispose]: () => {
      rmSync(file, { force: true });
    },
  };
}

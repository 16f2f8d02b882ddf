/**
 * Finds the addresses of host names, without the operating system's own look-up: that has a few threads for the whole
 * process, and name servers that do not answer hold all of them.
 */
import { readFile } from "node:fs/promises";
import { Resolver } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { toCandidates, toHosts, toSearch } from "./name-files.ts";

/** Resolves a host name to all its addresses. */
export type Resolve = (host: string) => Promise<string[]>;

const TIMEOUT_MS = 1500;
const TRIES = 2;

/** @param options.servers name servers in place of the system's, `127.0.0.1:53` */
export function createResolve(
  options: {
    readonly servers?: readonly string[];
    readonly hostsFile?: string;
    readonly resolvFile?: string;
  } = {},
): Resolve {
  const { hostsFile = "/etc/hosts", resolvFile = "/etc/resolv.conf" } = options;
  let opened: Resolver | undefined;

  const open = (): Resolver => {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (options.servers !== undefined) resolver.setServers(options.servers);
    return resolver;
  };

  const ask = async (name: string): Promise<string[]> => {
    const resolver = (opened ??= open());
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(name),
      resolver.resolve6(name),
    ]);
    // IPv4 comes first: both ends are more likely to have it.
    const found = [four, six].flatMap((answer) =>
      answer.status === "fulfilled" ? answer.value : [],
    );
    if (found.length > 0) return found.filter((text) => ipaddr.isValid(text));
    throw four.status === "rejected" ? four.reason : new Error("ENODATA");
  };

  return async (host) => {
    // RFC 6761 section 6.3
    if (host === "localhost" || host.endsWith(".localhost"))
      return ["127.0.0.1", "::1"];
    const known = toHosts(await read(hostsFile)).get(host);
    if (known !== undefined) return known;
    let failure: unknown;
    for (const name of toCandidates(host, toSearch(await read(resolvFile)))) {
      try {
        return await ask(name);
      } catch (error) {
        failure ??= error;
      }
    }
    throw toError(host, failure);
  };
}

async function read(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}

function toError(host: string, error: unknown): Error {
  const { code } = error as { code?: string };
  return new Error(
    code === "ETIMEOUT" || code === "ECONNREFUSED"
      ? `The name servers do not answer for ${host}.`
      : `The name ${host} does not resolve.`,
  );
}

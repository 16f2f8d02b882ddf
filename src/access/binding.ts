/** Decides where a server without keys may listen: on loopback, or anywhere with --insecure. */
import { BlockList, isIP } from "node:net";
import { UsageError } from "../errors.ts";

/** 127.0.0.0/8 and ::1, in every spelling (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** @returns whether only this machine can reach the host; a name other than `localhost` may lead anywhere */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}

/** @throws {UsageError} when others could reach a server without keys; the message names the remedies */
export function checkBinding({
  host,
  insecure,
  hasKeys,
}: {
  host: string;
  insecure: boolean;
  hasKeys: boolean;
}): void {
  if (hasKeys || insecure || isLoopback(host)) return;
  throw new UsageError(
    `Other machines can reach ${host}, but there is no API key. Set one (ACTIOND_API_KEY, --api-key-file, or actiond keys create NAME), or allow everybody with --insecure.`,
  );
}

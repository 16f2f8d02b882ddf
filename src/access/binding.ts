/** Where a server may listen without keys: where only this machine can reach it, or where it was told to by name. */
import { BlockList, isIP } from "node:net";
import { UsageError } from "../errors.ts";

/** All of 127/8 and ::1, in every spelling (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether only this machine can reach what listens there. A name that is not `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host.toLowerCase() === "localhost";
  return LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}

/** @throws {UsageError} when others could reach a server that asks for no key, naming the ways there are */
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
    `Others can reach ${host}, and there is no API key. Give one (ACTIOND_API_KEY, --api-key-file, or actiond keys create NAME), or serve everybody with --insecure.`,
  );
}

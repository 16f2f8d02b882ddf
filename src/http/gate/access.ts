/** Decides who the caller is and whether they may do this, before anything but the method, path and key is read. */
import {
  type AccessTokens,
  isAccessToken,
} from "../../access/access-tokens.ts";
import {
  ANYONE,
  type Caller,
  requirePackage,
  requireScope,
} from "../../access/caller.ts";
import type { Keyring } from "../../access/keyring.ts";
import { ServerError } from "../../errors.ts";
import type { Need } from "../operation.ts";
import type { AuditTrail } from "./audit.ts";
import { readKey } from "./credentials.ts";
import type { Senders } from "./senders.ts";
import type { Strangers } from "./strangers.ts";

export interface AccessParts {
  readonly keyring: Keyring;
  readonly trail?: AuditTrail | undefined;
  readonly senders: Senders;
  readonly strangers: Strangers;
}

/** What is known of a request before it is read. */
interface Arrived {
  readonly request: Request;
  /** What the operation requires. */
  readonly need: Need;
  /** The package that the path names. */
  readonly packageName: string | undefined;
}

/** @throws {ServerError} `unauthorized`, `forbidden`, `invalid_header` */
export function admit(arrived: Arrived, parts: AccessParts): Caller {
  if (!parts.keyring.isOn) return withAddress(ANYONE, arrived, parts);
  if (arrived.need === "open") return withAddress(NOBODY, arrived, parts);
  let caller: Caller;
  try {
    caller = findCaller(arrived.request, parts.keyring);
  } catch (error) {
    throw refuseStranger(error, arrived, parts);
  }
  return check(caller, arrived, parts);
}

/**
 * The same, where access tokens are accepted beside keys.
 *
 * @throws {ServerError} `issuer_unavailable`, and those of `admit`
 */
export async function admitWithTokens(
  arrived: Arrived,
  parts: AccessParts & { readonly tokens: AccessTokens },
): Promise<Caller> {
  const token = readKey(arrived.request.headers) ?? "";
  if (arrived.need === "open" || !isAccessToken(token))
    return admit(arrived, parts);
  let caller: Caller;
  try {
    caller = await parts.tokens.identify(token);
  } catch (error) {
    throw refuseStranger(error, arrived, parts);
  }
  return check(caller, arrived, parts);
}

/** @throws {ServerError} `forbidden` */
function check(caller: Caller, arrived: Arrived, parts: AccessParts): Caller {
  const { request, need, packageName } = arrived;
  parts.trail?.identify(request, caller);
  if (need !== "key" && need !== "open") requireScope(caller, need);
  if (packageName !== undefined) requirePackage(caller, packageName);
  return withAddress(caller, arrived, parts);
}

/** The audit log says where a request came from; without one, nobody asks. */
function withAddress(
  caller: Caller,
  { request }: Arrived,
  { trail }: AccessParts,
): Caller {
  if (trail === undefined) return caller;
  return { ...caller, address: trail.addressOf(request) };
}

/** @returns what somebody without valid credentials is refused with */
function refuseStranger(
  error: unknown,
  { request }: Arrived,
  { senders, strangers }: AccessParts,
): unknown {
  if (!(error instanceof ServerError) || error.code !== "unauthorized")
    return error;
  return strangers.refuse(senders.networkOf(request), error);
}

function findCaller(request: Request, keyring: Keyring): Caller {
  const key = readKey(request.headers);
  if (key === undefined)
    throw new ServerError(
      "unauthorized",
      `This request needs an API key. Send it as authorization: Bearer KEY, or as x-api-key: KEY.${keyring.tokens === undefined ? "" : " An access token can be sent in its place."}`,
    );
  return keyring.identify(key);
}

/** The caller of an operation that needs no key. */
const NOBODY: Caller = {
  keyId: "",
  name: "nobody",
  scopes: [],
  packages: [],
};

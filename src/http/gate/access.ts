/** Decides who the caller is and whether they may do this, before anything but the method, path and key is read. */
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
  const caller = parts.keyring.isOn ? identify(arrived, parts) : ANYONE;
  // The audit log says where a request came from; without one, nobody asks.
  if (parts.trail === undefined) return caller;
  return { ...caller, address: parts.trail.addressOf(arrived.request) };
}

function identify(
  { request, need, packageName }: Arrived,
  { keyring, trail, senders, strangers }: AccessParts,
): Caller {
  if (need === "open") return NOBODY;
  let caller: Caller;
  try {
    caller = findCaller(request, keyring);
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== "unauthorized")
      throw error;
    throw strangers.refuse(senders.addressOf(request), error);
  }
  trail?.identify(request, caller);
  if (need !== "key") requireScope(caller, need);
  if (packageName !== undefined) requirePackage(caller, packageName);
  return caller;
}

function findCaller(request: Request, keyring: Keyring): Caller {
  const key = readKey(request.headers);
  if (key === undefined)
    throw new ServerError(
      "unauthorized",
      "This request needs an API key. Send it as authorization: Bearer KEY, or as x-api-key: KEY.",
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

/** Hands the caller, whom HTTP has found out, through the SDK to the methods. */
import type { AuthInfo } from "@modelcontextprotocol/server";
import type { Caller } from "../access/caller.ts";

export function toAuthInfo(caller: Caller): AuthInfo {
  const { keyId, scopes } = caller;
  // The key itself is of no use to the methods, and so stays where it was checked.
  return { token: "", clientId: keyId, scopes: [...scopes], extra: { caller } };
}

export function toCaller(authInfo: AuthInfo | undefined): Caller {
  const caller = authInfo?.extra?.["caller"];
  if (caller === undefined) throw new Error("A request has no caller.");
  return caller as Caller;
}

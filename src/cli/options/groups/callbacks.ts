/** The options about callbacks. */
import { toByteCount } from "../../../units.ts";
import { list, option, under } from "../option.ts";
import { toList, toPath, toTimeout, toTimer } from "../values.ts";

export const callbackOptions = under("Callbacks:", {
  callbackAllow: list("--callback-allow <hosts>", {
    help: "Hosts, *.suffixes, addresses and networks that callbacks may be sent to even if they are private; NAME:PORT allows one port only",
    parse: toList,
  }),
  callbackSecrets: list("--callback-secret <secret>", {
    help: "Secret that signs callbacks (Standard Webhooks, whsec_…); during a rotation, give the old and the new one",
    parse: toList,
    isSecret: true,
  }),
  callbackSecretFiles: list("--callback-secret-file <file>", {
    help: "File with such secrets, one per line",
    parse: (text) => toList(text).map(toPath),
  }),
  callbackRetryMs: option("--callback-retry <durations>", {
    help: "Delays before the second and each further attempt at a callback, separated by commas",
    default: "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    parse: (text): readonly number[] => text.split(",").map(toTimer),
  }),
  callbackTimeoutMs: option("--callback-timeout <duration>", {
    help: "Time within which the receiver of a callback has to answer",
    default: "15s",
    parse: toTimeout,
  }),
  maxCallbackBytes: option("--max-callback-bytes <size>", {
    help: "Total size of the callback bodies being sent at once; one API key may use half of it",
    default: "64MB",
    parse: toByteCount,
  }),
});

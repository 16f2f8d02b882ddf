/** The options about callbacks. */
import { toByteCount } from "../../../units.ts";
import { list, option, under } from "../option.ts";
import { toList, toPath, toTimeout, toTimer } from "../values.ts";

export const callbackOptions = under("Callbacks:", {
  callbackAllow: list("--callback-allow <hosts>", {
    help: "Hosts, *.suffixes, addresses and networks to which callbacks may always go; NAME:PORT opens one port only",
    parse: toList,
  }),
  callbackSecrets: list("--callback-secret <secret>", {
    help: "Secret that signs callbacks (Standard Webhooks, whsec_…); give the old and the new one while receivers change over",
    parse: toList,
    isSecret: true,
  }),
  callbackSecretFiles: list("--callback-secret-file <file>", {
    help: "File of such secrets, one on each line",
    parse: (text) => toList(text).map(toPath),
  }),
  callbackRetryMs: option("--callback-retry <durations>", {
    help: "Delays before the second attempt at a callback and each one after it, separated by commas",
    default: "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    parse: (text): readonly number[] => text.split(",").map(toTimer),
  }),
  callbackTimeoutMs: option("--callback-timeout <duration>", {
    help: "Time that the receiver of a callback has to answer",
    default: "15s",
    parse: toTimeout,
  }),
  maxCallbackBytes: option("--max-callback-bytes <size>", {
    help: "Bytes of callback bodies that may be under way at once, and half as many of one API key; others wait for their turn",
    default: "64MB",
    parse: toByteCount,
  }),
});

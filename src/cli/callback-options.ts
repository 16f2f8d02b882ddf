/** The options of `actiond serve` about callbacks. */
import type { Option } from "commander";
import { makeListOption, makeOption } from "./option.ts";
import { toList, toPath, toTimeout, toTimer } from "./values.ts";

export function callbackOptions(): Option[] {
  return [
    makeOption(
      "--callback-retry <durations>",
      "delays before each further attempt of a callback",
      "5s,5m,30m,2h,5h,10h,14h,20h,24h",
      (text) => text.split(",").map(toTimer),
    ),
    makeOption(
      "--callback-timeout <duration>",
      "time a callback's receiver has to answer",
      "15s",
      toTimeout,
    ),
    makeListOption(
      "--callback-secret <secret>",
      "signs callbacks (Standard Webhooks, whsec_…), several while receivers change theirs",
      toList,
    ),
    makeListOption(
      "--callback-secret-file <file>",
      "file of such secrets, one a line",
      (text) => toList(text).map(toPath),
    ),
    makeListOption(
      "--callback-allow <hosts>",
      "hosts, *.suffixes, addresses and networks that callbacks may go to in any case",
      toList,
    ),
  ];
}

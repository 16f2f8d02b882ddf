/** Variables that look like settings and are none. */
import { expect, test } from "bun:test";
import { findMisspelt } from "../../../src/cli/options/misspelt.ts";

const known = new Set(["ACTIOND_PORT", "ACTIOND_MAX_QUEUED", "ACTIOND_DATA"]);

test("an unknown variable of actiond is named with the nearest one that exists, and never with its value", () => {
  expect(
    findMisspelt(
      {
        ACTIOND_PROT: "secret",
        ACTIOND_MAX_QUEUE: "secret",
        ACTIOND_MAXQUEUED: "secret",
        ACTIOND_SOMETHING_ELSE: "secret",
        ACTIOND_: "secret",
        ACTIOND_PORT: "8080",
        PROT: "1",
      },
      known,
    ),
  ).toEqual([
    "ACTIOND_",
    "ACTIOND_MAXQUEUED (did you mean ACTIOND_MAX_QUEUED?)",
    "ACTIOND_MAX_QUEUE (did you mean ACTIOND_MAX_QUEUED?)",
    "ACTIOND_PROT (did you mean ACTIOND_PORT?)",
    "ACTIOND_SOMETHING_ELSE",
  ]);
});

test("an environment without mistakes has none", () => {
  expect(findMisspelt({ ACTIOND_PORT: "1", HOME: "/" }, known)).toEqual([]);
});

import { expect, test } from "bun:test";
import { action } from "../../src/action/action.ts";
import { type CatalogEntry, toEntry } from "../../src/catalog/catalog-entry.ts";
import type { Log } from "../../src/log.ts";
import { sayMissing } from "../../src/secrets/say-missing.ts";
import { Vault } from "../../src/secrets/vault.ts";
import { silentLog } from "../silent-log.ts";

function entryOf(name: string, secrets: string[]): CatalogEntry {
  const value = action({ secrets, run: () => null });
  return toEntry({
    file: "a.ts",
    packageName: "acts",
    name,
    value,
  }) as CatalogEntry;
}

function say(environment: Record<string, string>): string[] {
  const lines: string[] = [];
  const log: Log = { ...silentLog, info: (line) => lines.push(line) };
  const entries = [entryOf("log-in", ["USER", "TOKEN"]), entryOf("free", [])];
  sayMissing(entries, new Vault({ environment, keys: [] }), log);
  return lines;
}

test("the secrets that the server does not have are said with their actions, and nothing where it has all", () => {
  expect(say({ USER: "ada" })).toEqual([
    "Some actions need secrets that this server does not have. Requests for them are refused unless they bring them: acts/log-in needs TOKEN.",
  ]);
  expect(say({ USER: "ada", TOKEN: "t" })).toEqual([]);
});

test("a secret that is there and cannot be read is told to who needs it", () => {
  const sealed = {
    algorithm: "aes256-gcm",
    cipher: "",
    iv: "",
    "auth-tag": "",
  };
  const text = btoa(JSON.stringify(sealed));
  expect(say({ USER: text, TOKEN: "t" })).toEqual([]);
});

import { describe, expect, test } from "bun:test";
import {
  ANYONE,
  type Caller,
  mayUse,
  requirePackage,
  requireScope,
  SCOPES,
  type Scope,
} from "../../src/access/caller.ts";

function makeCaller(
  scopes: readonly Scope[],
  packages: readonly string[] | null = null,
): Caller {
  return { keyId: "key_1", name: "ci", scopes, packages };
}

describe("scopes", () => {
  test.each(SCOPES)(
    "the scope %s is held by callers that have it and by admins",
    (scope) => {
      for (const caller of [makeCaller([scope]), makeCaller(["admin"]), ANYONE])
        expect(() => {
          requireScope(caller, scope);
        }).not.toThrow();
    },
  );

  test("a refusal names the scope that is missing", () => {
    expect(() => {
      requireScope(makeCaller(["read", "run"]), "cancel");
    }).toThrow('The key "ci" lacks the scope "cancel". It has read, run.');
  });
});

describe("packages", () => {
  test("a package may be used by callers that have no limit or are limited to it", () => {
    for (const caller of [makeCaller([]), makeCaller([], ["a", "b"]), ANYONE])
      expect(mayUse(caller, "b")).toBe(true);
  });

  test("a refusal names the package that may not be used", () => {
    const caller = makeCaller(["run"], ["a", "b"]);
    expect(mayUse(caller, "c")).toBe(false);
    expect(() => {
      requirePackage(caller, "c");
    }).toThrow('The key "ci" may not use the package "c". It may use a, b.');
  });
});

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

describe("a scope", () => {
  test.each(SCOPES)("%s is held by who has it, and by admins", (scope) => {
    for (const caller of [makeCaller([scope]), makeCaller(["admin"]), ANYONE])
      expect(() => {
        requireScope(caller, scope);
      }).not.toThrow();
  });

  test("that is missing is named", () => {
    expect(() => {
      requireScope(makeCaller(["read", "run"]), "cancel");
    }).toThrow('The key "ci" lacks the scope "cancel". It has read, run.');
  });
});

describe("a package", () => {
  test("may be used by who is not limited, or is limited to it", () => {
    for (const caller of [makeCaller([]), makeCaller([], ["a", "b"]), ANYONE])
      expect(mayUse(caller, "b")).toBe(true);
  });

  test("that may not be used is named", () => {
    const caller = makeCaller(["run"], ["a", "b"]);
    expect(mayUse(caller, "c")).toBe(false);
    expect(() => {
      requirePackage(caller, "c");
    }).toThrow('The key "ci" may not use the package "c". It may use a, b.');
  });
});

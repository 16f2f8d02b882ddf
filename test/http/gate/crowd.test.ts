import { expect, test } from "bun:test";
import type { Caller } from "../../../src/access/caller.ts";
import { Crowd } from "../../../src/http/gate/crowd.ts";

const key = (keyId: string, ...scopes: Caller["scopes"]): Caller => ({
  keyId,
  name: keyId,
  scopes,
  packages: null,
});
const never = () => new Promise<void>(() => undefined);

test("a key has no more requests in progress than it may, whatever the others do", () => {
  const crowd = new Crowd({ maxRequests: 100, maxRequestsPerKey: 2 });
  const one = key("one", "run", "read");
  for (let count = 0; count < 2; count += 1) {
    crowd.admit(one, 1);
    void crowd.count("one", never);
  }
  expect(() => {
    crowd.admit(one, 3);
  }).toThrow(
    "This API key already has 2 requests in progress, which is its limit.",
  );
  crowd.admit(key("two", "run"), 3);
});

test("an answer, and a failure, give the place back", async () => {
  const crowd = new Crowd({ maxRequests: 100, maxRequestsPerKey: 1 });
  const one = key("one", "run");
  expect(crowd.count("one", () => 1)).toBe(1);
  expect(await crowd.count("one", () => Promise.resolve(2))).toBe(2);
  expect(() =>
    crowd.count("one", () => {
      throw new Error("No.");
    }),
  ).toThrow("No.");
  await crowd
    .count("one", () => Promise.reject(new Error("No.")))
    .catch(String);
  crowd.admit(one, 1);
});

test("a key with the scope admin gets through when everybody else does not", () => {
  const crowd = new Crowd({ maxRequests: 2, maxRequestsPerKey: 1 });
  for (const caller of [key("one", "run"), key("", "admin")])
    expect(() => {
      crowd.admit(caller, 3);
    }).toThrow("already answering 2 requests");
  crowd.admit(key("boss", "admin"), 3);
});

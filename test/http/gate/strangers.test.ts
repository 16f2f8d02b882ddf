import { expect, test } from "bun:test";
import type { AuditEntry } from "../../../src/audit/entry.ts";
import { ServerError } from "../../../src/errors.ts";
import { RepeatedRefusals } from "../../../src/http/gate/repeated.ts";
import { Strangers } from "../../../src/http/gate/strangers.ts";

const unauthorized = new ServerError("unauthorized", "No key.");

test("an address that sends many requests without a key is told so, and others are not", () => {
  const clock = { now: 0 };
  const strangers = new Strangers(() => clock.now);
  const codes = (address: string) =>
    Array.from(
      { length: 25 },
      () => strangers.refuse(address, unauthorized).code,
    );
  expect(
    codes("192.0.2.1").filter((code) => code === "unauthorized"),
  ).toHaveLength(20);
  expect(strangers.refuse("192.0.2.2", unauthorized)).toBe(unauthorized);
  clock.now = 1000;
  expect(strangers.refuse("192.0.2.1", unauthorized)).toBe(unauthorized);
});

test("any number of addresses takes little memory", () => {
  const strangers = new Strangers(() => 0);
  for (let index = 0; index < 20_000; index += 1)
    strangers.refuse(`address ${index}`, unauthorized);
  expect(strangers.refuse("another", unauthorized).code).toBe("rate_limited");
});

test("refusals that repeat are summed up, and none is lost", () => {
  const entries: AuditEntry[] = [];
  const refusals = new RepeatedRefusals({
    record: (entry) => entries.push(entry),
  });
  const refused = { event: "access", outcome: "refused", status: 401 } as const;
  for (let count = 0; count < 1000; count += 1)
    refusals.record({ ...refused, address: "192.0.2.1", code: "unauthorized" });
  refusals.record({ ...refused, address: "192.0.2.2", code: "unauthorized" });
  refusals[Symbol.dispose]();
  const of = (address: string) =>
    entries.filter((entry) => entry.address === address);
  expect(of("192.0.2.1")).toHaveLength(21);
  expect(of("192.0.2.1").at(-1)).toMatchObject({ more: 980, status: 401 });
  expect(of("192.0.2.2")).toHaveLength(1);
});

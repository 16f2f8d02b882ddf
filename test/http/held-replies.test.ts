import { describe, expect, test } from "bun:test";
import { ByteBudget } from "../../src/byte-budget.ts";
import { send, toResponse } from "../../src/http/held-replies.ts";

const open = () =>
  new ByteBudget({ maxBytes: 2_000_000, maxBytesPerKey: 1_000_000 });
const large = `${"a".repeat(65_535)}😀${"ü".repeat(300_000)}`;

test("a small reply is sent as it is and takes nothing of the budget", async () => {
  const budget = open();
  const reply = toResponse("small", { status: 201 });
  expect(send(reply, { keyId: "one" }, budget)).toBe(reply);
  expect(await reply.text()).toBe("small");
  expect(budget.heldBytes).toBe(0);
});

describe("a large reply", () => {
  test("arrives whole, with its status and headers, and is given back after that", async () => {
    const budget = open();
    const init = { status: 202, headers: { "x-test": "1" } };
    const reply = send(toResponse(large, init), { keyId: "one" }, budget);
    expect(budget.heldBytes).toBeGreaterThan(large.length);
    expect(await reply.text()).toBe(large);
    expect(reply.status).toBe(202);
    expect(reply.headers.get("x-test")).toBe("1");
    expect(budget.heldBytes).toBe(0);
  });

  test("is given back when its reader goes away", async () => {
    const budget = open();
    const reply = send(toResponse(large, {}), { keyId: "one" }, budget);
    await reply.body?.cancel();
    expect(budget.heldBytes).toBe(0);
  });

  test("is refused to a key that has not read its others, and not to another key", () => {
    const budget = open();
    send(toResponse(large, {}), { keyId: "one" }, budget);
    expect(() => send(toResponse(large, {}), { keyId: "one" }, budget)).toThrow(
      "The inputs and replies of this API key already use as much memory as they may.",
    );
    send(toResponse(large, {}), { keyId: "two" }, budget);
    expect(() =>
      send(toResponse(large, {}), { keyId: "three" }, budget),
    ).toThrow("of all callers");
  });
});

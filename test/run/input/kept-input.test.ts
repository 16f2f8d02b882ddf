import { expect, test } from "bun:test";
import { t } from "../../../src/sdk.ts";
import { HeldInput, memoryOf } from "../../../src/run/input/held-input.ts";
import { waitForOutcome } from "../../../src/run/wait.ts";
import { SentRequest } from "../../../src/secrets/sent-request.ts";
import { turn } from "../../turn.ts";
import { openStage } from "../stage.ts";

test("a queued run leaves its input to the store, and has it again at its turn", async () => {
  using stage = openStage(
    { running: 1, queued: 10 },
    { input: t.Object({ note: t.String({ default: "none" }) }) },
  );
  const first = await stage.accept({ input: { note: "first" } });
  const second = await stage.accept({ input: {} });
  expect(first.run.input).toEqual({ note: "first" });
  expect(second.run.hasInput).toBe(false);
  expect(second.run.input).toBeUndefined();
  const next = stage.nextCall();
  stage.calls[0]?.end(null);
  await next;
  expect(second.run.input).toEqual({ note: "none" });
  stage.calls[1]?.end(null);
  await waitForOutcome(second.run, Infinity);
});

test("the memory of an input is free while its run waits and when it has ended", async () => {
  using stage = openStage({ running: 1, queued: 10 });
  const held = () => {
    const made = new HeldInput(stage.held, "one");
    made.take(10_000);
    return made;
  };
  const first = await stage.accept({ held: held() });
  expect(stage.held.heldBytes).toBe(memoryOf(10_000));
  const second = await stage.accept({ held: held() });
  expect(stage.held.heldBytes).toBe(memoryOf(10_000));
  const next = stage.nextCall();
  stage.calls[0]?.end(null);
  await waitForOutcome(first.run, Infinity);
  await next;
  stage.calls[1]?.end(null);
  await waitForOutcome(second.run, Infinity);
  expect(stage.held.heldBytes).toBe(0);
});

test("a key that holds much memory is refused more, and others are not", () => {
  using stage = openStage();
  const one = new HeldInput(stage.held, "one");
  one.take(10_000_000);
  new HeldInput(stage.held, "one").take(1000);
  const more = new HeldInput(stage.held, "one");
  expect(() => {
    more.take(10_000_000);
  }).toThrow("of this API key already use as much memory");
  new HeldInput(stage.held, "two").take(10_000_000);
  one[Symbol.dispose]();
  more.take(10_000_000);
});

test("what came with a request that waits takes memory until its run has ended, unless it is small", async () => {
  using stage = openStage({ running: 1, queued: 10 });
  const sent = (length: number) =>
    SentRequest.read(new Headers({ "x-large": "a".repeat(length) }), []);
  const first = await stage.accept({ sent: sent(50_000) });
  await stage.accept({ sent: sent(1000) });
  expect(stage.held.heldBytes).toBe(0);
  const large = sent(50_000);
  const third = await stage.accept({ sent: large });
  expect(stage.held.heldBytes).toBeGreaterThan(50_000);
  for (const index of [0, 1]) {
    const next = stage.nextCall();
    stage.calls[index]?.end(null);
    await next;
  }
  expect(third.run.sent?.headers.get("x-large")).toHaveLength(50_000);
  stage.calls[2]?.end(null);
  await waitForOutcome(third.run, Infinity);
  await first.run.recorded;
  await turn();
  expect(stage.held.heldBytes).toBe(0);
});

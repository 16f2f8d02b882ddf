/** The module "actiond/test": what tests of actions get. */
import { describe, expect, test } from "bun:test";
import { setTimeout as delay } from "node:timers/promises";
import { action, ActionError, t } from "actiond";
import {
  callAction,
  InputRefused,
  makeContext,
  ResultRefused,
} from "actiond/test";

const greet = action({
  input: t.Object({
    name: t.String(),
    greeting: t.String({ default: "Hello" }),
  }),
  output: t.String(),
  run: ({ name, greeting }) => `${greeting} ${name}.`,
});

describe("callAction", () => {
  test("defaults are filled in, and the input of the test stays as it is", async () => {
    const input = { name: "Ada" };
    const result: string = await callAction(greet, input);
    expect(result).toBe("Hello Ada.");
    expect(input).toEqual({ name: "Ada" });
  });

  test("an input that a server would refuse is refused with its place", async () => {
    const refused = callAction(greet, { name: 7 });
    await expect(refused).rejects.toBeInstanceOf(InputRefused);
    await expect(refused).rejects.toMatchObject({
      message:
        "The input does not match the input schema: /name: must be a string, not 7.",
      errors: [{ path: "/name", message: "must be a string, not 7" }],
    });
  });

  test("a result that breaks the output schema, or that JSON cannot hold, is refused", async () => {
    const wrong = action({
      output: t.Object({ left: t.Integer() }),
      run: () => ({ left: 1.5 }),
    });
    await expect(callAction(wrong)).rejects.toThrow(
      "/left: must be an integer",
    );
    const odd = action({ run: () => () => 1 });
    await expect(callAction(odd)).rejects.toBeInstanceOf(ResultRefused);
  });

  test("the result is what a caller gets: plain JSON, and null for nothing", async () => {
    const dated = action({ run: () => ({ at: new Date(0) }) });
    expect(await callAction(dated)).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(await callAction(action({ run: () => undefined }))).toBeNull();
  });

  test("what the action throws comes through", async () => {
    const fails = action({
      run: () => {
        throw new ActionError("No.", { code: "no" });
      },
    });
    await expect(callAction(fails)).rejects.toMatchObject({ code: "no" });
  });
});

describe("makeContext", () => {
  const waits = action({
    run: async (_, { signal }) => {
      await delay(3_600_000, undefined, { signal });
      return null;
    },
  });

  test("time passes when the test says so, and past the run timeout the signal aborts as on a server", async () => {
    const context = makeContext({ runTimeout: 60 });
    const running = callAction(waits, {}, context);
    context.advance(59);
    expect(context.signal.aborted).toBeFalse();
    context.advance(1);
    await expect(running).rejects.toThrow("aborted");
    expect(context.signal.reason).toMatchObject({
      name: "AbortError",
      message: "The run did not end within 60 s.",
    });
  });

  test("without a limit time never aborts the signal, and cancel does", () => {
    const context = makeContext();
    context.advance(1e9);
    expect(context.signal.aborted).toBeFalse();
    context.cancel();
    expect(context.signal.aborted).toBeTrue();
  });

  test("it keeps in memory what the action writes as artifacts, and refuses names that a server refuses", async () => {
    const context = makeContext();
    const { artifacts } = context;
    expect(await artifacts.write("note.txt", "four")).toBe(4);
    await new Response("streamed").body?.pipeTo(artifacts.stream("b.txt"));
    const texts = [...context.files].map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString(),
    ]);
    expect(texts).toEqual([
      ["note.txt", "four"],
      ["b.txt", "streamed"],
    ]);
    await expect(artifacts.write("../out", "")).rejects.toThrow("../out");
    expect(() => artifacts.stream("../out")).toThrow("../out");
  });

  test("it keeps the lines and the progress of the action", () => {
    const context = makeContext({ attempt: 2, requestId: "r", runId: "id" });
    context.log.warn("Almost.", { left: 1 });
    context.progress(0.5, "half");
    context.progress(1);
    expect(context).toMatchObject({ attempt: 2, requestId: "r", runId: "id" });
    expect(context.lines).toEqual([
      { level: "warn", message: "Almost.", fields: { left: 1 } },
    ]);
    expect(context.steps).toEqual([
      { fraction: 0.5, message: "half" },
      { fraction: 1, message: undefined },
    ]);
  });
});

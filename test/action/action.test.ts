import { describe, expect, expectTypeOf, test } from "bun:test";
import { isAction } from "../../src/action/action.ts";
import { isActionError } from "../../src/action/action-error.ts";
import { ActionError, action, t } from "../../src/sdk.ts";

const run = () => null;

describe("action", () => {
  test("action() keeps the definition and freezes it", () => {
    const input = t.Object({ name: t.String() });
    const greet = action({
      description: "Greets.",
      input,
      output: t.Null(),
      run,
    });
    expect(greet).toMatchObject({ description: "Greets.", input, run });
    expect(Object.isFrozen(greet)).toBeTrue();
    expect(isAction(greet)).toBeTrue();
  });

  test("an action without an input schema takes any object", () => {
    expect(action({ run }).input).toMatchObject({ type: "object" });
  });

  test.each([
    t.Object({}),
    t.Record(t.String(), t.Number()),
    t.Intersect([t.Object({ a: t.String() }), t.Object({ b: t.String() })]),
    t.Union([t.Object({ a: t.String() }), t.Object({ b: t.String() })]),
    t.Intersect([t.Object({}), t.Union([t.Object({}), t.Object({})])]),
    t.Recursive((This) => t.Object({ child: t.Optional(This) })),
  ])("action() accepts the object schema %j as its input", (input) => {
    expect(action({ input, run }).input).toBe(input);
  });

  test.each([
    [undefined, "needs a definition such as"],
    [null, "not null"],
    ["greet", 'not "greet"'],
    [
      { run, inputs: t.Object({}) },
      'has no option "inputs". Its options are description, title, kind, consequential, icon, uri, input, output, onInterrupt, maxAttempts, runTimeout, startTimeout, isolation, concurrency, concurrencyKey, queue, retries, secrets, run',
    ],
    [{ run: "greet" }, '"run" to be a function, not "greet"'],
    [
      { run, title: "" },
      '"title" to be a text such as "Write a report", not ""',
    ],
    [
      { run, kind: "tool" },
      '"kind" to be "action", "query", "prompt" or "resource", not "tool"',
    ],
    [{ run, consequential: 1 }, '"consequential" to be true or false, not 1'],
    [{ run, icon: "cat.png" }, '"icon" to be an https: URL'],
    [{ run, uri: "docs://index" }, '"uri" only with kind: "resource"'],
    [{ run, kind: "resource" }, '"uri" with kind: "resource"'],
    [
      { run, kind: "resource", uri: "docs://{page}" },
      'each variable of "uri" to be a member of "input", which has no "page"',
    ],
    [{}, '"run" to be a function, not undefined'],
    [
      { run, isolation: "thread" },
      '"isolation" to be "in-process" or "process", not "thread"',
    ],
    [{ run, description: 7 }, '"description" to be a string, not 7'],
    [
      { run, input: t.String() },
      '"input" to be an object schema such as t.Object({ name: t.String() }), not t.String()',
    ],
    [{ run, input: { name: t.String() } }, '"input" to be an object schema'],
    [{ run, input: { type: "string" } }, 'not { type: "string" }'],
    [{ run, input: null }, "not null"],
    [
      { run, concurrency: 0 },
      '"concurrency" to be an integer of at least 1, not 0',
    ],
    [{ run, concurrency: 1.5 }, "not 1.5"],
    [{ run, secrets: "TOKEN" }, '"secrets" to be a list of up to 100 names'],
    [{ run, secrets: ["a b"] }, 'such as ["GITHUB_TOKEN"], not [ "a b" ]'],
    [{ run, retries: 3 }, '"retries" to be an object such as { attempts: 3 }'],
    [{ run, retries: null }, "not null"],
    [
      { run, retries: { attempts: 3, factor: 2 } },
      'has no option "retries.factor". The options of retries are attempts, backoff, maxBackoff, on',
    ],
    [
      { run, retries: {} },
      '"retries.attempts" to be an integer from 1 to 100, not undefined',
    ],
    [{ run, retries: { attempts: 101 } }, "not 101"],
    [
      { run, retries: { attempts: 3, backoff: -1 } },
      '"retries.backoff" to be a number of seconds from 0 to 86400, not -1',
    ],
    [{ run, retries: { attempts: 3, maxBackoff: 86_401 } }, "not 86401"],
    [
      { run, retries: { attempts: 3, on: "TypeError" } },
      '"retries.on" to be a list of codes and names of errors',
    ],
    [{ run, retries: { attempts: 3, on: [""] } }, 'not [ "" ]'],
    [
      { run, retries: { attempts: 3, on: ["run_timed_out"] } },
      'cannot retry on "run_timed_out"',
    ],
    [{ run, queue: -1 }, '"queue" to be an integer of at least 0, not -1'],
    [
      { run, concurrency: 1, concurrencyKey: "customer" },
      '"concurrencyKey" to be a function such as ({ customer }) => customer, not "customer"',
    ],
    [
      { run, concurrencyKey: () => "a" },
      'needs "concurrency" to say how many runs of each "concurrencyKey"',
    ],
    [
      { run, input: t.Union([t.Object({}), t.String()]) },
      "an object schema such as t.Object({ name: t.String() }), not t.Union()",
    ],
    [{ run, input: t.Union([]) }, "not t.Never()"],
    [
      { run, output: { name: t.String() } },
      '"output" to be a schema such as t.String()',
    ],
  ])("action() refuses the definition %j", (definition, reason) => {
    expect(() => action(definition as unknown as { run: () => null })).toThrow(
      reason,
    );
  });

  test("the input and the result have the types of their schemas", () => {
    action({
      input: t.Object({ name: t.String(), title: t.Optional(t.String()) }),
      output: t.Number(),
      run(input, { signal, attempt }) {
        expectTypeOf(input).toEqualTypeOf<{ name: string; title?: string }>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(attempt).toEqualTypeOf<number>();
        return Promise.resolve(7);
      },
    });
    // @ts-expect-error -- the output schema wants a number
    action({ output: t.Number(), run: () => "seven" });
    action({ run: () => undefined });
    action({
      secrets: ["ONE"],
      run(_, { secrets, request, caller }) {
        expectTypeOf(secrets).toEqualTypeOf<Readonly<{ ONE: string }>>();
        expectTypeOf(request.headers.get("x")).toEqualTypeOf<string | null>();
        expectTypeOf(caller).toEqualTypeOf<string>();
      },
    });
    action({
      run(_, { secrets }) {
        expectTypeOf(secrets["ONE"]).toEqualTypeOf<string | undefined>();
      },
    });
  });

  test("actions made by another copy of the SDK are recognised", () => {
    expect(isAction({ [Symbol.for("actiond.action")]: true })).toBeTrue();
  });

  test.each([null, undefined, 7, "greet", run, { run }])(
    "%p is not recognised as an action",
    (value) => {
      expect(isAction(value)).toBeFalse();
    },
  );
});

describe("ActionError", () => {
  test("an ActionError carries what it was given", () => {
    const cause = new Error("cause");
    const options = {
      code: "out_of_stock",
      data: { left: 0 },
      status: 422,
      retryable: true,
      cause,
    };
    const error = new ActionError("The shelf is empty.", options);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "ActionError",
      message: "The shelf is empty.",
      ...options,
    });
    expect(isActionError(error)).toBeTrue();
  });

  test("an ActionError has no member that it was not given", () => {
    const error = new ActionError("The shelf is empty.");
    expect("cause" in error).toBeFalse();
    expect(error.code).toBeUndefined();
    expect(error.status).toBeUndefined();
  });

  test.each([
    [{ status: 399 }, "but 204 and 205, not 399"],
    [{ status: 200 }, "not 200"],
    [{ status: 204, body: {} }, "not 204"],
    [{ body: 3n }, "The body of an ActionError must be something"],
    [{ status: 600 }, "not 600"],
    [{ status: 422.5 }, "not 422.5"],
    [{ status: "422" }, "not 422"],
    [{ code: "out-of-stock" }, 'not "out-of-stock"'],
    [{ code: "" }, 'not ""'],
    [{ code: "2late" }, 'not "2late"'],
    [{ retryable: "yes" }, "true or false, not yes"],
    [{ data: 3n }, "something that JSON can represent, not 3n."],
    [{ data: run }, "something that JSON can represent, not [Function"],
    [
      { statusCode: 422 },
      'has no option "statusCode". Its options are code, data, body, status, retryable, cause',
    ],
  ])("ActionError refuses the options %p", (options, reason) => {
    const make = () =>
      new ActionError("The shelf is empty.", options as object);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(reason);
  });

  test("an ActionError made by another copy of the SDK is recognised", () => {
    const foreign = Object.assign(new Error("copy"), {
      [Symbol.for("actiond.action-error")]: true,
    });
    expect(isActionError(foreign)).toBeTrue();
  });

  test.each([
    ["another error", new TypeError("other")],
    ["a string", "text"],
    ["null", null],
    ["an object of that name", { name: "ActionError" }],
  ])("%s is not recognised as an ActionError", (_what, value) => {
    expect(isActionError(value)).toBeFalse();
  });
});

/** The document is valid for any catalog that loads: whatever schemas its actions have, and whatever they are called. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import SwaggerParser from "@apidevtools/swagger-parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { action } from "../../../src/action/action.ts";
import type { Schema } from "../../../src/action/schema/infer.ts";
import {
  type CatalogEntry,
  toEntry,
} from "../../../src/catalog/catalog-entry.ts";
import { t } from "../../../src/sdk.ts";
import { openStage } from "../../run/stage.ts";
import { stageApp, toCatalog } from "../stage-app.ts";

let stage: ReturnType<typeof openStage>;
let app: Awaited<ReturnType<typeof stageApp>>;
beforeAll(async () => {
  stage = openStage();
  app = await stageApp(stage);
});
afterAll(() => {
  stage[Symbol.dispose]();
});

async function toDocument(
  entries: readonly CatalogEntry[],
  path = "/openapi.json?full",
): Promise<any> {
  app.catalog.replace(toCatalog(...entries));
  return (await app.fetch(new Request(`http://localhost${path}`))).json();
}

function entryOf(
  schemas: { input?: Schema; output?: Schema },
  { packageName = "pack", name = "act" } = {},
): CatalogEntry {
  const value = action({ ...schemas, run: () => null });
  const entry = toEntry({ file: "a.ts", packageName, name, value });
  if (entry === undefined || "reason" in entry)
    throw new Error(entry?.reason ?? "not an action");
  return entry;
}

// It compiles its own schemas once.
const validator = new Validator();

async function expectValid(document: any): Promise<void> {
  const found = await validator.validate(structuredClone(document));
  expect(found).toMatchObject({ valid: true });
  await SwaggerParser.validate(structuredClone(document));
}

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

const scalar = fc.constantFrom<Schema>(
  t.String({ minLength: 1, maxLength: 5, format: "email" }),
  t.Number({ multipleOf: 0.01, exclusiveMinimum: 0 }),
  t.Integer({ default: 3 }),
  t.Boolean(),
  t.Null(),
  t.Any(),
  t.Unknown(),
  t.Never(),
  t.Literal("a"),
  t.Union([t.Literal("a"), t.Literal("b"), t.Null()]),
  t.Enum({ One: 1, Two: "two" }),
  t.TemplateLiteral("a${string}"),
  t.RegExp(/^a\/b~c$/),
  t.Not(t.String()),
  t.Unsafe({ type: "string", discriminator: "kind" }),
);
const name = fc.constantFrom("a", "b-c", "a/b~c%", "__proto__", "kind", "é");
const { any } = fc.letrec<{ any: any }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("any"), { maxLength: 3 }).map((parts) => t.Tuple(parts as [])),
    tie("any").map((part) => t.Array(part as never, { uniqueItems: true })),
    tie("any").map((part) => t.Record(t.String(), part as never)),
    fc.array(tie("any"), { maxLength: 3 }).map((parts) => t.Union(parts as [])),
    tie("any").map((part) =>
      t.Recursive((This) =>
        t.Object({ part: part as never, list: t.Array(This) }),
      ),
    ),
    tie("any").map((part) =>
      t
        .Module({ Part: part as never, All: t.Array(t.Ref("Part") as never) })
        .Import("All" as never),
    ),
    fc
      .dictionary(name, tie("any"), { maxKeys: 3 })
      .map((parts) =>
        t.Object(
          Object.fromEntries(
            Object.entries(parts).map(([key, part], index) => [
              key,
              index === 1 ? t.Optional(part as never) : part,
            ]),
          ) as never,
          { additionalProperties: false },
        ),
      ),
  ),
}));

test("the document is valid for any schemas", async () => {
  let loaded = 0;
  const schemas = fc.array(fc.tuple(any, any), { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(schemas, async (pairs) => {
      // What is refused when it is loaded is in no document.
      const entries = pairs
        .map(([input, output], index) =>
          attempt(() =>
            entryOf(
              { input: t.Object({ input }) as Schema, output },
              { name: `act${index}` },
            ),
          ),
        )
        .filter((entry) => entry !== undefined);
      loaded += entries.length;
      await expectValid(await toDocument(entries, "/openapi.json"));
    }),
    { numRuns: 8 },
  );
  expect(loaded).toBeGreaterThan(32);
}, 90_000);

describe("schemas that refer to parts of themselves", () => {
  test.each<[string, Schema]>([
    ["#", { type: "object", properties: { child: { $ref: "#" } } }],
    [
      "#/$defs",
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/a~1b" } },
        $defs: { "a/b": { type: "string" } },
      },
    ],
    [
      "#/properties",
      {
        type: "object",
        properties: { a: { type: "string" }, b: { $ref: "#/properties/a" } },
      },
    ],
    [
      "definitions",
      {
        type: "object",
        properties: { a: { $ref: "#/definitions/a" } },
        definitions: {
          a: { type: "object", properties: { a: { $ref: "#/definitions/a" } } },
        },
      },
    ],
    [
      "an anchor",
      {
        type: "object",
        properties: {
          a: { $anchor: "here", type: "string" },
          b: { $ref: "#here" },
        },
      },
    ],
    [
      "its own id",
      {
        $id: "https://example.com/own",
        type: "object",
        properties: {
          a: { $ref: "https://example.com/own#/$defs/a" },
          b: { $ref: "https://example.com/own" },
        },
        $defs: { a: { type: "string" } },
      },
    ],
  ])(
    "a schema that refers to %s has its place in the document",
    async (_, schema) => {
      const document = await toDocument([
        entryOf({ input: schema, output: schema }),
        entryOf({ input: schema }, { name: "other" }),
      ]);
      await expectValid(document);
      const references =
        JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? [];
      for (const reference of references)
        expect(reference).toStartWith('"$ref":"#/components/');
    },
  );
});

describe("the names of operations", () => {
  const idsOf = async (...addresses: [string, string][]) => {
    const entries = addresses.map(([packageName, own]) =>
      entryOf({}, { packageName, name: own }),
    );
    const { paths } = await toDocument(entries);
    return entries.map(
      ({ address }) => paths[`/api/actions/${address}/run`].post.operationId,
    );
  };

  test("an action is called by its own name, and with its package where that is not its alone", async () => {
    expect(
      await idsOf(["a", "sleepAction"], ["b", "greet"], ["c", "greet"]),
    ).toEqual(["sleep_action", "b__greet", "c__greet"]);
    expect(
      await idsOf(["a-b", "c"], ["a", "bC"], ["x", "c"], ["y", "bC"]),
    ).toEqual(["a_b__c", "a__b_c", "x__c", "y__b_c"]);
    expect(await idsOf(["a", "live"])).toEqual(["a__live"]);
  });

  test("all of them are different, those of callbacks included", async () => {
    const document = JSON.stringify(
      (
        await toDocument([
          entryOf({}, { packageName: "a", name: "greet" }),
          entryOf({}, { packageName: "b", name: "greet" }),
          entryOf({}, { packageName: "b", name: "listRuns" }),
        ])
      ).paths,
    );
    const links = /"links":\{.*?\}\}\}/g;
    const ids =
      document.replaceAll(links, "").match(/"operationId":"\w+"/g) ?? [];
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { OPERATIONS } from "../../../src/http/operations.ts";
import { startInProcess, type TestServer } from "../../server.ts";

const EXAMPLES = join(import.meta.dir, "..", "..", "..", "actions");

let server: TestServer;
let document: any;
let small: any;
beforeAll(async () => {
  server = await startInProcess({ actions: EXAMPLES });
  document = await (await server.request("/openapi.json?full")).json();
  small = await (await server.request("/openapi.json")).json();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** @returns what a reference within the document stands for */
function resolve(part: any): any {
  const [, ...steps] = (part.$ref ?? "").split("/");
  return steps.length === 0
    ? part
    : steps.reduce((found: any, step: string) => found[step], document);
}

describe("the OpenAPI document", () => {
  test("the document passes a strict validator", async () => {
    for (const each of [document, small])
      expect(await new Validator().validate(each)).toMatchObject({
        valid: true,
      });
    expect(document.openapi).toBe("3.1.1");
    expect(document.servers).toEqual([{ url: "/" }]);
  });

  test("what tools load has the actions alone, called by their own names, and is small", () => {
    const operations = Object.values(small.paths).map(
      (path) => (path as { post: Record<string, unknown> }).post,
    );
    expect(operations.map((operation) => operation["operationId"])).toEqual([
      "hash_folder",
      "greet",
      "write_report",
      "order",
    ]);
    for (const { summary, description, requestBody } of operations) {
      expect(summary).toBeString();
      expect(description).toBeString();
      expect(requestBody).toMatchObject({
        content: { "application/json": { schema: { type: "object" } } },
      });
    }
    expect(JSON.stringify(small).length).toBeLessThan(40_000);
  });

  test("the document has every operation, and one for each action", () => {
    const run = "/api/actions/{package}/{action}/run";
    const paths = OPERATIONS.filter(({ tag }) => tag !== undefined)
      .map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}"))
      .filter((path) => path !== run);
    const actions = [
      "/api/actions/files/hash-folder/run",
      "/api/actions/greeter/greet/run",
      "/api/actions/reports/write-report/run",
      "/api/actions/shop/order/run",
    ];
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [...new Set([...paths, ...actions])].toSorted(),
    );
  });

  test("the text of a problem names the codes that the operation may answer with", () => {
    const text = (path: string, method: string, status: number) =>
      resolve(document.paths[path][method].responses[status]).description;
    expect(text("/api/runs/{id}", "delete", 409)).toBe(
      "Run not finished (`run_not_finished`).",
    );
    expect(text("/api/runs/{id}/callback/redeliver", "post", 409)).toBe(
      "The run has no callback to deliver (`callback_not_owed`).",
    );
    expect(text("/health/ready", "get", 503)).toBe(
      "Server shutting down (`shutting_down`), or Runs cannot be recorded (`store_unavailable`), or Server overloaded (`overloaded`).",
    );
    expect(text("/api/actions/shop/order/run", "post", 429)).toBe(
      "Too many runs for this API key (`too_many_runs`), or Too many requests (`rate_limited`).",
    );
  });

  test("the document shows the type that a parameter must have, and what a header may say", () => {
    const { parameters } = document.paths["/api/runs/{id}"].get;
    expect(parameters[1]).toEqual({
      name: "wait",
      in: "query",
      required: false,
      description: expect.any(String),
      schema: { type: "number", minimum: 0 },
    });
    const headers = document.components.parameters;
    expect(headers["x-actions-on-disconnect"].schema).toEqual({
      type: "string",
      enum: ["continue", "cancel"],
    });
    const seconds = new RegExp(
      headers["x-actions-async-timeout"].schema.pattern,
    );
    for (const right of ["0", "0.2", ".5", "5.", "1e3"])
      expect(right).toMatch(seconds);
    for (const wrong of ["", "-1", "nan", "1_0", "."])
      expect(wrong).not.toMatch(seconds);
  });

  test("the document says which parameters and bodies an operation needs", () => {
    const { parameters } = document.paths["/api/callbacks/redeliver"].post;
    expect(parameters).toMatchObject([{ name: "host", required: true }]);
    const { requestBody } = document.paths["/api/keys"].post;
    expect(requestBody.content["application/json"].schema.required).toEqual([
      "name",
    ]);
    const { get: list } = document.paths["/api/runs"];
    expect(list.parameters.map(({ name }: { name: string }) => name)).toContain(
      "fields",
    );
    const replies = document.paths["/api/runs/{id}"].get.responses;
    for (const status of [200, 404])
      expect(Object.keys(replies[status].headers)).toContain(
        "x-action-server-run-id",
      );
  });

  test("the document keeps apart what several operations call alike", () => {
    const pattern = (path: string) =>
      new RegExp(
        document.paths[path].get.parameters.find(
          ({ name }: { name: string }) => name === "last-event-id",
        ).schema.pattern,
      );
    expect("7.2").toMatch(pattern("/api/events"));
    expect("7.2").not.toMatch(pattern("/api/runs/{id}/events"));
    expect("1.1.0.0.0.0").toMatch(pattern("/api/runs/{id}/events"));
  });

  test("the document names every operation once and in a way that generators can use", () => {
    const ids = Object.values(document.paths)
      .flatMap((path) => Object.values(path as object))
      .map((operation) => (operation as { operationId: string }).operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z]\w*$/);
  });

  test("the document says everything about running an action", () => {
    const { post } = document.paths["/api/actions/greeter/greet/run"];
    expect(post.summary).toBe("Greet");
    expect(post.description).toBe("Greets a person.");
    expect(post["x-operation-kind"]).toBe("action");
    expect(post.requestBody).toMatchObject({
      required: true,
      content: {
        "application/json": {
          schema: { type: "object", required: ["name"] },
        },
      },
    });
    expect(
      post.parameters
        .map((parameter: object) => resolve(parameter).name)
        .toSorted(),
    ).toEqual([
      "idempotency-key",
      "prefer",
      "traceparent",
      "tracestate",
      "x-actions-async-callback",
      "x-actions-async-timeout",
      "x-actions-on-disconnect",
      "x-actions-request-id",
      "x-actions-run-timeout",
      "x-actions-start-timeout",
    ]);
    expect(Object.keys(post.responses)).toEqual([
      "200",
      "202",
      "400",
      "404",
      "408",
      "409",
      "413",
      "415",
      "422",
      "429",
      "500",
      "503",
      "504",
      "default",
    ]);
    expect(
      post.responses[200].content["application/json"].schema.anyOf,
    ).toEqual([
      expect.objectContaining({ type: "string" }),
      { type: "string", enum: ["async-return"] },
    ]);
    expect(Object.keys(post.responses[200].headers)).toEqual([
      "x-action-server-run-id",
      "idempotency-replayed",
      "x-action-async-completion",
      "location",
    ]);
    expect(
      resolve(post.responses[503]).content["application/problem+json"].schema,
    ).toEqual({ $ref: "#/components/schemas/Problem" });
    const callback =
      post.callbacks.outcome["{$request.header.x-actions-async-callback}"].post;
    expect(
      callback.parameters.map(({ name }: { name: string }) => name),
    ).toContain("webhook-signature");
    expect(
      callback.requestBody.content["application/json"].schema.anyOf,
    ).toHaveLength(2);
  });

  test("the document requires no body when an empty input is valid", () => {
    const { post } = document.paths["/api/actions/files/hash-folder/run"];
    expect(typeof post.requestBody.required).toBe("boolean");
  });
});

describe("the page", () => {
  test.each([
    ["/docs", "text/html; charset=utf8"],
    ["/docs/docs.js", "text/javascript"],
    ["/docs/swagger-ui.js", "text/javascript"],
    ["/docs/swagger-ui.css", "text/css"],
    ["/docs/icon.png", "image/png"],
  ])(
    "the page %s is %s and may do nothing with other hosts",
    async (path, type) => {
      const reply = await server.request(path);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("content-type")).toBe(type);
      expect(reply.headers.get("content-security-policy")).toContain(
        "default-src 'none'",
      );
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
      expect((await reply.bytes()).length).toBeGreaterThan(100);
    },
  );

  test("the page refers to nothing but this server and has no code of its own", async () => {
    const page = await (await server.request("/docs")).text();
    expect(page).not.toMatch(/https?:\/\//);
    // Those that have no address have nothing in them.
    const inline = page.match(/<script(?![^>]*src=)[^>]*>[^<]*/g) ?? [];
    for (const script of inline) expect(script).toMatch(/>\s*$/);
  });
});

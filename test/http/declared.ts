/** Holds replies against the table of operations: what an operation may answer stands there. */
import { expect } from "bun:test";
import { codesOf } from "../../src/http/openapi/problem-replies.ts";
import type { Operation } from "../../src/http/operation.ts";
import { OPERATIONS } from "../../src/http/operations.ts";

const PROBLEM = "application/problem+json";

/** Fails unless the status of the reply, or the code of its problem, is one that its operation declares. */
export async function expectDeclared(
  method: string,
  path: string,
  reply: Response,
): Promise<void> {
  const operation = findOperation(method, path);
  const where = `${operation.method} ${operation.path}`;
  // Bun answers requests by itself that have too large a head, before any application knows of them.
  if (reply.status !== 431 && reply.status !== 413)
    expect(reply.headers.get("x-content-type-options"), where).toBe("nosniff");
  if (reply.headers.get("content-type") !== PROBLEM) {
    if (reply.ok && operation.tag !== undefined)
      expect(Object.keys(operation.replies), where).toContain(
        String(reply.status),
      );
    return;
  }
  // A reply to HEAD has no body.
  const text = await reply.clone().text();
  if (text === "") return;
  const { type } = JSON.parse(text) as { type: string };
  const code = type.replace("urn:actiond:problem:", "");
  expect(Array.from(codesOf(operation), String), where).toContain(code);
}

function findOperation(method: string, path: string): Operation<never> {
  const { pathname } = new URL(path, "http://localhost");
  const isAsked = (operation: Operation<never>) =>
    operation.method === "ALL" ||
    (operation.method === (method === "HEAD" ? "GET" : method) &&
      toPattern(operation.path).test(pathname));
  return OPERATIONS.find(isAsked) as Operation<never>;
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}

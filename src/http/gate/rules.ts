/** What each route asks of its caller. A route that is not named here stops the start. */
import type { Scope } from "../../access/caller.ts";

/** `open`: nothing, not even a key. `key`: any key. Else a key with this scope. */
export type Need = Scope | "open" | "key";

export const NEEDS: Readonly<Record<string, Need>> = {
  "GET /health/live": "open",
  "GET /health/ready": "open",
  "GET /": "open",
  // The page itself is the same everywhere. It asks for a key, with which it gets the document that lists the actions.
  "GET /docs": "open",
  "GET /docs/start.js": "open",
  "GET /docs/page.css": "open",
  "GET /docs/swagger-ui.js": "open",
  "GET /docs/swagger-ui.css": "open",
  "GET /docs/icon.png": "open",
  "GET /openapi.json": "read",
  "GET /api/actions": "read",
  "POST /api/actions/:package/:action/run": "run",
  "GET /api/runs": "read",
  "GET /api/runs/run-id-from-request-id/:request_id": "read",
  "GET /api/runs/:id": "read",
  "GET /api/runs/:id/fields": "read",
  "GET /api/runs/:id/result": "read",
  "POST /api/runs/:id/cancel": "cancel",
  "DELETE /api/runs/:id": "admin",
  "GET /api/runs/:id/callback": "read",
  "POST /api/runs/:id/callback/redeliver": "admin",
  "GET /api/callbacks": "read",
  "POST /api/callbacks/redeliver": "admin",
  // What is not there is not there for those with a key only.
  "ALL /*": "key",
};

/** What a route asks of its caller. */
export interface Rule {
  readonly need: Need;
  /** Which of `NEEDS` it is. */
  readonly pattern: string;
  /** The package it is about, where its path names one that is known at start. */
  readonly package?: string;
}

/** Where no rule is known, which cannot be, an operator may find out why. */
const UNKNOWN: Rule = { need: "admin", pattern: "" };

/** The rules of an application's own routes. */
export class Rules {
  readonly #rules = new Map<string, Rule>();

  /** @throws when a route has no rule */
  cover(routes: readonly { method: string; path: string }[]): void {
    for (const { method, path } of routes) {
      const route = `${method} ${path}`;
      const pattern = Object.keys(NEEDS).find((name) => matches(name, route));
      if (pattern === undefined)
        throw new Error(`The route ${route} has no rule in http/rules.ts.`);
      const packageName = segmentOf(route, pattern, ":package");
      this.#rules.set(route, {
        need: NEEDS[pattern] as Need,
        pattern,
        ...(packageName === undefined ? {} : { package: packageName }),
      });
    }
  }

  /** @param route as the application names it, with parameters */
  find(method: string, route: string): Rule {
    return (
      this.#rules.get(`${method === "HEAD" ? "GET" : method} ${route}`) ??
      this.#rules.get(`ALL ${route}`) ??
      UNKNOWN
    );
  }
}

/** A parameter of the pattern stands for any segment. */
function matches(pattern: string, route: string): boolean {
  const segments = route.split("/");
  const expected = pattern.split("/");
  return (
    expected.length === segments.length &&
    expected.every(
      (segment, index) =>
        segment.startsWith(":") || segment === segments[index],
    )
  );
}

/** @returns what the route has where the pattern has this parameter; undefined when it is one there, too */
function segmentOf(
  route: string,
  pattern: string,
  parameter: string,
): string | undefined {
  const index = pattern.split("/").indexOf(parameter);
  const segment = route.split("/")[index];
  return segment?.startsWith(":") === true ? undefined : segment;
}

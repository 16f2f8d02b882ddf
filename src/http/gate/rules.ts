/** What each route requires of its caller. The server does not start while a route is missing here. */
import type { Scope } from "../../access/caller.ts";

/** `open` requires nothing, not even a key; `key` requires any key; a scope requires a key that has this scope. */
export type Need = Scope | "open" | "key";

export const NEEDS: Readonly<Record<string, Need>> = {
  "GET /health/live": "open",
  "GET /health/ready": "open",
  "GET /": "open",
  // The page is the same for everybody. It asks for a key, and loads the document that lists the actions with it.
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
  // Only a caller with a key learns that a path does not exist.
  "ALL /*": "key",
};

/** What a route requires of its caller. */
export interface Rule {
  readonly need: Need;
  /** The key of its line in `NEEDS`. */
  readonly pattern: string;
  /** The package of the route, when its path names one that is known at start. */
  readonly package?: string;
}

/** The rule of a route that `cover` was not given. */
const UNKNOWN: Rule = { need: "admin", pattern: "" };

/** The rules of an application's routes. */
export class Rules {
  readonly #rules = new Map<string, Rule>();

  /** @throws {Error} a route has no rule */
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

  /** @param route the path as the application declares it, with parameters */
  find(method: string, route: string): Rule {
    return (
      this.#rules.get(`${method === "HEAD" ? "GET" : method} ${route}`) ??
      this.#rules.get(`ALL ${route}`) ??
      UNKNOWN
    );
  }
}

/** Whether the route fits the pattern, in which a parameter stands for any segment. */
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

/** @returns the segment of the route where the pattern has this parameter; undefined when the route has a parameter there, too */
function segmentOf(
  route: string,
  pattern: string,
  parameter: string,
): string | undefined {
  const index = pattern.split("/").indexOf(parameter);
  const segment = route.split("/")[index];
  return segment?.startsWith(":") === true ? undefined : segment;
}

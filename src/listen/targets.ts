/**
 * Tells requests whose target says the same to everybody from those that two servers may read differently.
 *
 * The URL of a request is parsed: `\` has become `/`, and dot segments are resolved
 * (https://url.spec.whatwg.org/#path-state). Bun's router matches the target as it was sent, so the route that a
 * request came by says how many segments it had.
 */
import type { BunRequest, Server } from "bun";
import type { SocketData } from "./sockets.ts";

/** No path of the server has more. */
const MAX_SEGMENTS = 8;

type Answer = (
  request: Request,
  server: Server<SocketData>,
  isExact: boolean,
) => Promise<Response | undefined>;

type Handler = (
  request: BunRequest,
  server: Server<SocketData>,
) => Promise<Response | undefined>;

/**
 * Makes routes for every path.
 *
 * @param answer is told whether the path of the URL is the one that was sent, without a fragment
 */
export function toRoutes(answer: Answer): Record<string, Handler> {
  const routes: Record<string, Handler> = {
    "/": (request, server) =>
      answer(request, server, isExact(request.url, 1, true)),
    // An empty segment, or very many.
    "/*": (request, server) =>
      answer(request, server, isUnmatched(request.url)),
  };
  let path = "";
  for (let count = 1; count <= MAX_SEGMENTS; count += 1) {
    path += `/:segment${count}`;
    routes[path] = (request, server) =>
      answer(request, server, isExact(request.url, count, false));
    routes[`${path}/`] = (request, server) =>
      answer(request, server, isExact(request.url, count + 1, true));
  }
  return routes;
}

/** A dot segment takes a slash with it, except for a last `.`, which leaves the slash before it at the end. */
function isExact(url: string, slashCount: number, endsInSlash: boolean) {
  const path = pathOf(url);
  return (
    path !== undefined &&
    path.endsWith("/") === endsInSlash &&
    countSlashes(path) === slashCount
  );
}

/** Whether no other route would have matched the parsed path either. */
function isUnmatched(url: string): boolean {
  const path = pathOf(url);
  return (
    path !== undefined &&
    (path.includes("//") || countSlashes(path) > MAX_SEGMENTS)
  );
}

/** @returns undefined for a URL with a fragment, which is not part of a target (RFC 9112 section 3.2) */
function pathOf(url: string): string | undefined {
  if (url.includes("#")) return undefined;
  // Without a host it is the target as it was sent.
  if (url.startsWith("/")) return URL.parse(url, "http://localhost")?.pathname;
  const start = url.indexOf("/", "https://".length);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

function countSlashes(path: string): number {
  let count = 0;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1))
    count += 1;
  return count;
}

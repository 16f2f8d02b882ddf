/** What is answered where there is no operation. */
import { ServerError } from "../../errors.ts";
import type { Methods } from "../methods.ts";
import { operation } from "../operation.ts";
import { allowReply, methodReply, redirectReply } from "../reply.ts";

export interface UnknownRouteParts {
  readonly methods: Methods;
}

export const unknownRoute = operation({
  id: "unknownRoute",
  method: "ALL",
  path: "/*",
  // Only a caller with a key learns that a path does not exist.
  need: "key",
  summary: "Answer that there is nothing here",
  replies: {},
  problems: ["route_not_found", "method_not_allowed"],
  handle({ request }, { methods }: UnknownRouteParts) {
    const { pathname, search } = new URL(request.url);
    const allowed = methods.of(pathname);
    if (request.method === "OPTIONS" && allowed.length > 0)
      return allowReply(allowed);
    if (allowed.length > 0) return methodReply(request.method, allowed);
    const trimmed = pathname.replace(/\/+$/, "");
    if (methods.of(trimmed).includes(request.method))
      return redirectReply(`${trimmed}${search}`, 307);
    throw new ServerError(
      "route_not_found",
      `This server has no route ${request.method} ${pathname}.`,
    );
  },
});

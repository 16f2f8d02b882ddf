/** What is answered where there is no operation. */
import { ServerError } from "../errors.ts";
import { operation } from "./operation.ts";

export const unknownRoute = operation({
  id: "unknownRoute",
  method: "ALL",
  path: "/*",
  // Only a caller with a key learns that a path does not exist.
  need: "key",
  summary: "Answer that there is nothing here",
  replies: {},
  problems: ["route_not_found"],
  handle({ request }) {
    throw new ServerError(
      "route_not_found",
      `There is no ${request.method} ${new URL(request.url).pathname} here.`,
    );
  },
});

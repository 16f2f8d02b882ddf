/** The routes of the document and of its page, which `@elysiajs/swagger` makes: https://elysiajs.com/plugins/swagger */
import { type ElysiaSwaggerConfig, swagger } from "@elysiajs/swagger";
import { ANYONE } from "../../access/caller.ts";
import { send } from "../held-replies.ts";
import type { Operation } from "../operation.ts";
import { type HandlerParts, OPERATIONS } from "../operations.ts";
import { listReply, redirectReply } from "../reply.ts";
import { guard, type Lifecycle } from "../route.ts";
import { getDocument, getPage } from "./docs.ts";
import { type Document, type DocumentParts, Documents } from "./document.ts";
import { PAGE_HEADERS } from "./page-file.ts";

type Documentation = NonNullable<ElysiaSwaggerConfig["documentation"]>;

/** Both routes, behind the same lifecycle as all others. */
export function toDocsRoutes(parts: Lifecycle & DocumentParts) {
  const { keyring, openDocs = false, fullOpenapi, held, senders } = parts;
  const documents = new Documents(OPERATIONS, parts);
  // Tools load the document without a key.
  const document: Operation<HandlerParts> = openDocs
    ? { ...getDocument, need: "open" }
    : getDocument;
  const find = (route: string) => (route === getPage.path ? getPage : document);
  return guard(find, parts)
    .onAfterHandle(({ request, route, response, caller, query, set }) => {
      if (route === getPage.path) {
        // What the page refers to is relative to its path without a slash at the end.
        if (new URL(request.url).pathname !== getPage.path)
          return redirectReply(`..${getPage.path}`);
        Object.assign(set.headers, PAGE_HEADERS);
        return undefined;
      }
      const shown = documents.show(
        response as Document,
        openDocs ? ANYONE : caller,
        {
          needsKey: keyring.isOn,
          isFull: fullOpenapi === true || query["full"] !== undefined,
          serverUrl: parts.serverUrl ?? senders.urlOf(request),
        },
      );
      return send(
        // A browser may keep it, and asks whether it has changed; nobody in between may.
        listReply(shown, request, {
          headers: { "cache-control": "private, no-cache" },
        }),
        caller,
        held,
      );
    })
    .use(
      swagger({
        path: getPage.path,
        specPath: getDocument.path,
        // The plugin's pages load their scripts from a CDN. Of this one the script can be another: it shows Swagger UI.
        provider: "scalar",
        scalarCDN: "docs/docs.js",
        scalarConfig: { customCss: "" },
        excludeStaticFile: false,
        documentation: documents.documentation as unknown as Documentation,
      }),
    );
}

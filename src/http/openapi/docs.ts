/** `/openapi.json` and `/docs`: the API described for programs, and for people to try, without any network. */
import icon from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import swaggerStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import { t } from "elysia";
import { ANYONE } from "../../access/caller.ts";
import type { Keyring } from "../../access/keyring.ts";
import { operation } from "../operation.ts";
import { jsonReply } from "../reply.ts";
import { pageFileReply } from "./page-file.ts";
import type { Documents } from "./document.ts";
import style from "./page/docs.css" with { type: "file" };
import page from "./page/docs.html" with { type: "file" };
import script from "./page/docs.js" with { type: "file" };

export interface DocsParts {
  readonly documents: Documents;
  readonly keyring: Keyring;
  /** Whether everybody may read the document, without a key. */
  readonly openDocs?: boolean;
  /** Whether the document has every operation even if nobody asks for that. */
  readonly fullOpenapi?: boolean;
}

export const getDocument = operation({
  id: "getDocument",
  method: "GET",
  path: "/openapi.json",
  need: "read",
  summary: "Get the OpenAPI document",
  query: t.Object({ full: t.Optional(t.String()) }),
  replies: {},
  problems: [],
  handle({ caller, query }, parts: DocsParts) {
    const { documents, keyring, openDocs = false, fullOpenapi } = parts;
    const isFull = fullOpenapi === true || query.full !== undefined;
    const document = documents.visibleTo(openDocs ? ANYONE : caller, {
      needsKey: keyring.isOn,
      isFull,
    });
    return jsonReply(document, { "cache-control": "no-store" });
  },
});

/** The page is the same for everybody. It asks for a key, and loads the document with it. */
const FILES: readonly [path: string, file: string, type: string][] = [
  ["/docs", page as unknown as string, "text/html; charset=utf-8"],
  ["/docs/docs.css", style, "text/css"],
  ["/docs/docs.js", script, "text/javascript"],
  ["/docs/swagger-ui.css", swaggerStyle, "text/css"],
  ["/docs/swagger-ui.js", swaggerScript, "text/javascript"],
  ["/docs/icon.png", icon, "image/png"],
];

const getFiles = FILES.map(([path, file, type]) =>
  operation({
    id: `get ${path}`,
    method: "GET",
    path,
    need: "open",
    summary: "Get the page, or a file of it",
    replies: {},
    problems: ["overloaded"],
    handle: () => pageFileReply(file, type),
  }),
);

export const docsOperations = [getDocument, ...getFiles];

/** `/openapi.json` and `/docs`: the API described for programs, and for people to try, without any network. */
import icon from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import swaggerStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import type { Keyring } from "../../access/keyring.ts";
import { operation } from "../operation.ts";
import { pageFileReply } from "./page-file.ts";
import style from "./page/docs.css" with { type: "file" };
import script from "./page/docs.js" with { type: "file" };

export interface DocsParts {
  readonly keyring: Keyring;
  /** Whether everybody may read the document, without a key. */
  readonly openDocs?: boolean;
  /** Whether the document has every operation even if nobody asks for that. */
  readonly fullOpenapi?: boolean;
  /** The URL by which clients call the server. Undefined: where they found the document. */
  readonly serverUrl?: string | undefined;
}

/** Its route is one of the plugin's. */
export const getDocument = operation({
  id: "getDocument",
  method: "GET",
  path: "/openapi.json",
  need: "read",
  summary: "Get the OpenAPI document",
  replies: {},
  problems: [],
});

/** Its route is the plugin's other one. The page is the same for everybody: it asks for a key, and loads the document with it. */
export const getPage = operation({
  id: "getPage",
  method: "GET",
  path: "/docs",
  need: "open",
  summary: "Get the page that shows the document",
  replies: {},
  problems: ["overloaded"],
});

const FILES: readonly [path: string, file: string, type: string][] = [
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
    summary: "Get a file of that page",
    replies: {},
    problems: ["overloaded"],
    handle: ({ request }) => pageFileReply(file, type, request),
  }),
);

export const docsOperations = [getDocument, getPage, ...getFiles];

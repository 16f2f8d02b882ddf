/** The console at `/`: one page, which finds by its address what to show, and the files it needs. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import { fileReply, type StaticFile } from "../caching/static-file.ts";
import { operation } from "../operation.ts";
import {
  FILES_PATH,
  loadPage,
  PAGE_NAME,
  type PageBundle,
  type PageFiles,
} from "./page-files.ts";

export interface ConsoleParts {
  readonly console: ConsolePage;
}

/** Every address of the page. */
const ADDRESSES = [
  "/",
  "/actions/:package/:action",
  "/runs",
  "/runs/:id",
  "/callbacks",
  "/server",
];

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  // It says the same as frame-ancestors, for browsers that do not know that.
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};
/** The name of a file changes with its content. */
const FOR_EVER = "public, max-age=31536000, immutable";

/** The page and its files, which are read when the first of them is asked for. */
export class ConsolePage {
  readonly #bundle: PageBundle;
  #files: Promise<PageFiles> | undefined;

  constructor(bundle: PageBundle) {
    this.#bundle = bundle;
  }

  async replyPage(request: Request): Promise<Response> {
    const file = (await this.#find(PAGE_NAME)) as StaticFile;
    return reply(file, { request, caching: "no-cache" });
  }

  /** @throws {ServerError} `route_not_found` */
  async replyFile(name: string, request: Request): Promise<Response> {
    const file = name === PAGE_NAME ? undefined : await this.#find(name);
    if (file !== undefined) return reply(file, { request, caching: FOR_EVER });
    throw new ServerError(
      "route_not_found",
      `The console has no file ${JSON.stringify(name)}.`,
    );
  }

  async #find(name: string): Promise<StaticFile | undefined> {
    this.#files ??= loadPage(this.#bundle);
    return (await this.#files).get(name);
  }
}

const getPages = ADDRESSES.map((path) =>
  operation({
    id: `get console ${path}`,
    method: "GET",
    path,
    // The page is the same for everybody. It asks for a key when something it asks for needs one.
    need: "open",
    summary: "Get the page of the console",
    replies: {},
    problems: ["overloaded"],
    handle: ({ request }, { console: page }: ConsoleParts) =>
      page.replyPage(request),
  }),
);

const getFile = operation({
  id: "getConsoleFile",
  method: "GET",
  path: `${FILES_PATH}:file`,
  need: "open",
  summary: "Get a file of the console",
  params: t.Object({ file: t.String() }),
  replies: {},
  problems: ["route_not_found", "overloaded"],
  handle: ({ request, params }, { console: page }: ConsoleParts) =>
    page.replyFile(params.file, request),
});

export const consoleOperations = [...getPages, getFile];

function reply(
  file: StaticFile,
  { request, caching }: { request: Request; caching: string },
): Response {
  return fileReply(file, request, { ...HEADERS, "cache-control": caching });
}

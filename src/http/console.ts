/** The console: one page, which finds by its address what to show, and the files it needs. */
import { Elysia, t } from "elysia";
import { ServerError } from "../errors.ts";
import {
  FILES_PATH,
  loadPage,
  PAGE_NAME,
  type PageBundle,
  type PageFile,
  type PageFiles,
} from "./console-files.ts";

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
  // What frame-ancestors says, for browsers that do not know it.
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  vary: "accept-encoding",
};
/** The name of a file changes with its content. */
const FOR_EVER = "public, max-age=31536000, immutable";

export function consolePages(parts: { readonly page: PageBundle }) {
  let loading: Promise<PageFiles> | undefined;
  const find = async (name: string) => {
    loading ??= loadPage(parts.page);
    return (await loading).get(name);
  };
  const app = new Elysia().get(
    `${FILES_PATH}:file`,
    async ({ params, request }) => {
      const file =
        params.file === PAGE_NAME ? undefined : await find(params.file);
      if (file === undefined)
        throw new ServerError(
          "route_not_found",
          `The console has no file ${JSON.stringify(params.file)}.`,
        );
      return reply(file, { request, caching: FOR_EVER });
    },
    { params: t.Object({ file: t.String() }), detail: { hide: true } },
  );
  for (const address of ADDRESSES)
    app.get(
      address,
      async ({ request }) => {
        const file = (await find(PAGE_NAME)) as PageFile;
        return reply(file, { request, caching: "no-cache" });
      },
      { detail: { hide: true } },
    );
  return app;
}

function reply(
  file: PageFile,
  { request, caching }: { request: Request; caching: string },
): Response {
  const { content, gzipped, type, etag } = file;
  const headers = { ...HEADERS, "cache-control": caching, etag };
  if (request.headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers });
  const isGzipped = /\bgzip\b/.test(
    request.headers.get("accept-encoding") ?? "",
  );
  return new Response(isGzipped ? gzipped : content, {
    headers: {
      ...headers,
      "content-type": type,
      ...(isGzipped ? { "content-encoding": "gzip" } : {}),
    },
  });
}

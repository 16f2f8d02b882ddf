/** Files of pages: compressed once, and sent only to those who do not have them. */
import { acceptsGzip, hasAlready, toEtag } from "./negotiate.ts";

export interface StaticFile {
  readonly content: Uint8Array<ArrayBuffer>;
  /** The same, compressed. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

export function toStaticFile(
  content: Uint8Array<ArrayBuffer>,
  type: string,
): StaticFile {
  const gzipped = Bun.gzipSync(content, { level: 9 });
  return { content, gzipped, type, etag: toEtag(content) };
}

/** @param headers besides those of the file itself */
export function fileReply(
  { content, gzipped, type, etag }: StaticFile,
  request: Request,
  headers: Readonly<Record<string, string>>,
): Response {
  const all = { ...headers, etag, vary: "accept-encoding" };
  if (hasAlready(request, etag))
    return new Response(null, { status: 304, headers: all });
  const isGzipped = acceptsGzip(request);
  return new Response(isGzipped ? gzipped : content, {
    headers: {
      ...all,
      "content-type": type,
      ...(isGzipped ? { "content-encoding": "gzip" } : {}),
    },
  });
}

/** Replies with a file of the page at `/docs`, which may load and do nothing but what this server says. */
import {
  fileReply,
  type StaticFile,
  toStaticFile,
} from "../caching/static-file.ts";

/** The page of the plugin has a script with nothing but white space in it, which this allows. */
const BLANK_SCRIPT = `'sha256-${new Bun.CryptoHasher("sha256").update("\n    ").digest("base64")}'`;

export const PAGE_HEADERS = {
  "cache-control": "no-cache",
  // Swagger UI sets styles on elements; scripts and connections stay with this server.
  "content-security-policy": `default-src 'none'; script-src 'self' ${BLANK_SCRIPT}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  // It says the same as frame-ancestors, for browsers that do not know that.
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

/** By their paths, from when they were first asked for. */
const files = new Map<string, Promise<StaticFile>>();

/** @param path the path that the file has in the executable */
export async function pageFileReply(
  path: string,
  type: string,
  request: Request,
): Promise<Response> {
  const file = files.get(path) ?? load(path, type);
  files.set(path, file);
  return fileReply(await file, request, PAGE_HEADERS);
}

async function load(path: string, type: string): Promise<StaticFile> {
  return toStaticFile(await Bun.file(path).bytes(), type);
}

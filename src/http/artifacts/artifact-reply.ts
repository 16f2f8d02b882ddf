/** The reply that carries an artifact, or a range of it (RFC 9110 section 14). */
import { ServerError } from "../../errors.ts";
import type { FileContents } from "../../run/artifacts/artifact-store.ts";
import type { RunId } from "../../run/run.ts";

/** @returns the media type that the name of a file promises */
export function typeOf(name: string): string {
  return Bun.file(name).type;
}

interface Asked {
  readonly name: string;
  /** When it is known better than by the name. */
  readonly contentType?: string;
  readonly file: FileContents;
  readonly range: string | null;
}

/** @throws {ServerError} `range_not_satisfiable` */
export function artifactReply(
  id: RunId,
  { name, contentType = typeOf(name), file, range }: Asked,
): Response {
  const headers = {
    "x-action-server-run-id": id,
    "content-type": contentType,
    "content-disposition": toDisposition(name),
    // Whatever opens it all the same runs nothing of it: https://www.w3.org/TR/CSP3/#directive-sandbox
    "content-security-policy": "sandbox; default-src 'none'",
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
  };
  const { size } = file;
  const part = range === null ? undefined : parseRange(range, size);
  if (part === undefined) {
    const body = file instanceof Blob ? file : file.slice(0, size);
    return new Response(body, { headers });
  }
  const { first, last } = part;
  return new Response(file.slice(first, last + 1), {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${first}-${last}/${size}` },
  });
}

/** @returns undefined for what is not one range of bytes: then the whole file is answered, as RFC 9110 allows */
function parseRange(
  range: string,
  size: number,
): { first: number; last: number } | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range.trim()) ?? [];
  if (from === "" && to === "") return undefined;
  const first = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const last =
    from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && from !== "" && Number(to) < first) return undefined;
  if (first < size && !(from === "" && Number(to) === 0))
    return { first, last };
  throw new ServerError(
    "range_not_satisfiable",
    `The artifact has ${size} bytes, so there is nothing at ${JSON.stringify(range)}.`,
  );
}

/** In ASCII for all, and in UTF-8 for those that know it (RFC 6266). */
function toDisposition(name: string): string {
  const plain = name.replaceAll(/[^\w ._()+@=-]/g, "_");
  const exact = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}

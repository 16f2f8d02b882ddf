/** What a client has already, and in which encoding it takes the rest: RFC 9110 sections 12.5.3 and 13.1.2. */

type Asked = Pick<Request, "headers">;

/** Whether gzip is named with a weight above 0, or everything is. */
export function acceptsGzip({ headers }: Asked): boolean {
  const codings = (headers.get("accept-encoding") ?? "").toLowerCase();
  const [, weight] =
    /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)/.exec(codings) ??
      /(?:^|,)\s*\*\s*(?:;\s*q=([\d.]+))?\s*(?:,|$)/.exec(codings) ?? ["", "0"];
  return Number(weight ?? 1) > 0;
}

/** @param etag with its quotes. Whether it is weak makes no difference */
export function hasAlready({ headers }: Asked, etag: string): boolean {
  const known = headers.get("if-none-match");
  if (known === null) return false;
  const opaque = etag.replace(/^W\//, "");
  return known
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === opaque || tag === "*");
}

/** @returns such as `W/"3k9x"`: weak, because the same content may be sent in several encodings */
export function toEtag(content: string | Uint8Array): string {
  return `W/"${Bun.hash(content).toString(36)}"`;
}

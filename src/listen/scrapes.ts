/** Answers `GET /metrics` on an address of its own, which asks for no key: whoever reaches it may read. */
import { listen, type Listener } from "./listen.ts";

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** @throws {ListenError} when the address cannot be listened on */
export function listenForScrapes(
  address: { readonly host: string; readonly port: number },
  scrape: () => Promise<string>,
): Listener {
  return listen({
    ...address,
    // A scrape has no body.
    maxInputBytes: 0,
    async fetch({ method, url }) {
      if (method !== "GET" || URL.parse(url)?.pathname !== "/metrics")
        return new Response("There is only GET /metrics here.\n", {
          status: 404,
        });
      return new Response(await scrape(), {
        headers: { "content-type": TYPE },
      });
    },
  });
}

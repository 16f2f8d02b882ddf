/** Answers `GET /metrics` on an address of its own, which asks for no key: whoever reaches it may read. */
import { listen, type Listener } from "./listen.ts";

/** @throws {ListenError} when the address cannot be listened on */
export function listenForScrapes(
  address: { readonly host: string; readonly port: number },
  scrape: (
    accept: string | null,
  ) => Promise<{ readonly text: string; readonly type: string }>,
): Listener {
  return listen({
    ...address,
    // A scrape has no body.
    maxInputBytes: 0,
    async fetch({ method, url, headers }) {
      if (method !== "GET" || URL.parse(url)?.pathname !== "/metrics")
        return new Response("There is only GET /metrics here.\n", {
          status: 404,
        });
      const { text, type } = await scrape(headers.get("accept"));
      return new Response(text, { headers: { "content-type": type } });
    },
  });
}

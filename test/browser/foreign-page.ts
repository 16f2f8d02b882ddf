/** A page of another origin cannot run an action, whatever it tries: bodies of any type are read as JSON. */
import { expect, test } from "bun:test";
import { type Stage, TIMEOUT } from "./stage.ts";

/** Every way in which a page sends a POST without asking first (https://fetch.spec.whatwg.org/#simple-header). */
const WAYS = ["fetch", "beacon", "form", "form without a referrer"] as const;

const toPage = (target: string) => `<!doctype html><title>foreign</title>
<iframe name="sink"></iframe>
<form id="form" method="post" target="sink" action="${target}" enctype="text/plain">
<input name='{"name":"x","y":"' value='"}'></form>
<script>
const target = ${JSON.stringify(target)};
const body = '{"name":"x"}';
const submit = () => new Promise((resolve) => {
  document.querySelector("iframe").addEventListener("load", resolve, { once: true });
  document.getElementById("form").submit();
});
const ways = {
  "fetch": () => fetch(target, { method: "POST", mode: "no-cors", body }),
  "beacon": () => navigator.sendBeacon(target, body),
  "form": submit,
  "form without a referrer": () => {
    document.head.insertAdjacentHTML("beforeend", '<meta name="referrer" content="no-referrer">');
    return submit();
  },
};
window.tryOut = (way) => ways[way]();
</script>`;

export function describeForeignPages(stage: Stage): void {
  test.each(WAYS)(
    "a page of another origin starts no run by a %s",
    async (way) => {
      const path = "/api/actions/greeter/greet/run";
      // Both are on this machine: for a browser another port is another origin of the same site.
      const target = `${stage.url()}${path}`;
      await using foreign = Bun.serve({
        port: 0,
        fetch: () =>
          new Response(toPage(target), {
            headers: { "content-type": "text/html" },
          }),
      });
      const before = await (await stage.request("/api/runs")).json();
      const page = await stage.openForeign();
      for (const host of ["127.0.0.1", "localhost"]) {
        await page.goto(`http://${host}:${foreign.port}/`);
        const answered = page.context().waitForEvent("response", {
          predicate: (response) => response.url() === target,
        });
        await page.evaluate(`tryOut(${JSON.stringify(way)})`);
        expect((await answered).status()).toBe(403);
      }
      const after = await stage.request("/api/runs");
      expect(await after.json()).toEqual(before);
      // The same body, sent by a program, is one that the action takes.
      const reply = await stage.request(path, {
        method: "POST",
        body: '{"name":"x"}',
        headers: { "content-type": "text/plain" },
      });
      expect(reply.status).toBe(200);
    },
    TIMEOUT,
  );
}

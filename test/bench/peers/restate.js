/** Restate: an invocation is in the server's log before the service is called, its result before the caller is answered. */
import { input, measure } from "./peer.js";

const body = JSON.stringify(input);
await measure(async () => {
  const reply = await fetch(
    `http://127.0.0.1:${process.env.INGRESS_PORT}/bench/add`,
    { method: "POST", body, headers: { "content-type": "application/json" } },
  );
  if (!reply.ok) throw new Error(await reply.text());
  await reply.text();
});

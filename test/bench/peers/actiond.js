/** actiond, asked as its peers are: by callers in one process, over HTTP. */
import { input, measure } from "./peer.js";

const body = JSON.stringify(input);
await measure(async () => {
  const reply = await fetch(process.env.ACTION_URL, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  if (!reply.ok) throw new Error(await reply.text());
  await reply.text();
});

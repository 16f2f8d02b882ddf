/** The service that a Restate server calls. */
import * as restate from "@restatedev/restate-sdk";
import { add } from "./peer.js";

await restate.serve({
  services: [
    restate.service({
      name: "bench",
      handlers: { add: async (_context, given) => add(given) },
    }),
  ],
  port: Number(process.env.SERVICE_PORT),
});

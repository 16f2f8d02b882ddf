/** `actiond openapi`: prints the OpenAPI document of a running server. */
import { remoteOptions } from "../options/groups/remote.ts";
import { defineCommand } from "../parse/command.ts";

export const openapiCommand = defineCommand({
  name: "openapi",
  description: "Prints the OpenAPI document of a running server.",
  examples: ["actiond openapi > openapi.json"],
  arguments: {},
  options: remoteOptions,
  async run(config, { write }) {
    const { ServerClient } = await import("./client.ts");
    const document = await new ServerClient(config).getJson("/openapi.json");
    write(`${JSON.stringify(document, null, 2)}\n`);
    return 0;
  },
});

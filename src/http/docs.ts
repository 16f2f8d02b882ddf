/** `/openapi.json` and `/docs`: the API described for programs, and for people to try, without any network. */
import { type ElysiaSwaggerConfig, swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import icon from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import script from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import style from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import { components } from "./openapi.ts";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>actiond</title>
    <link rel="icon" href="/docs/icon.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: "none",
});
`;

const HEADERS = {
  "cache-control": "no-cache",
  // Swagger UI sets styles on elements; scripts and connections stay with this server.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** @param version of the server */
export function docs({ version }: { version: string }) {
  const detail = { hide: true };
  return (
    new Elysia()
      .use(
        swagger({
          path: "/docs",
          specPath: "/openapi.json",
          documentation: toDocumentation(version),
        }),
      )
      // Registered after the plugin's own page, which it replaces: that one loads its scripts from a CDN.
      .get("/docs", () => reply(PAGE, "text/html; charset=utf-8"), { detail })
      .get("/docs/start.js", () => reply(START, "text/javascript"), { detail })
      .get("/docs/swagger-ui.js", () => file(script, "text/javascript"), {
        detail,
      })
      .get("/docs/swagger-ui.css", () => file(style, "text/css"), { detail })
      .get("/docs/icon.png", () => file(icon, "image/png"), { detail })
      .get("/", ({ redirect }) => redirect("/docs"), { detail })
  );
}

function toDocumentation(version: string) {
  return {
    // The plugin says 3.0.3; with 3.1 a JSON Schema is legal as it is.
    openapi: "3.1.1",
    info: {
      title: "actiond",
      version,
      description:
        "Actions, run synchronously or asynchronously, watched, cancelled and called back.",
    },
    tags: [
      { name: "Actions", description: "What can be run" },
      { name: "Runs", description: "What was run" },
      { name: "Callbacks", description: "Who is owed an outcome" },
      { name: "Health", description: "Whether the server is well" },
    ],
    components,
  } as unknown as NonNullable<ElysiaSwaggerConfig["documentation"]>;
}

function file(path: string, type: string): Response {
  return reply(Bun.file(path), type);
}

function reply(body: string | Blob, type: string): Response {
  return new Response(body, { headers: { ...HEADERS, "content-type": type } });
}

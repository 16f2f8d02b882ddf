/** `/openapi.json` and `/docs`: the API described for programs, and for people to try, without any network. */
import { type ElysiaSwaggerConfig, swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";
import icon from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import script from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import style from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import type { Keyring } from "../../access/keyring.ts";
import type { Access } from "../gate/access.ts";
import { PAGE, START, STYLE } from "./docs-page.ts";
import { type Document, toVisible } from "./document.ts";
import { components } from "./describe.ts";

const SPEC = "/openapi.json";

const HEADERS = {
  "cache-control": "no-cache",
  // Swagger UI sets styles on elements; scripts and connections stay with this server.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // What frame-ancestors says, for browsers that do not know it.
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

/** @param parts.version of the server */
export function docs(parts: {
  access: Access;
  keyring: Keyring;
  version: string;
}) {
  const detail = { hide: true };
  const plugin = swagger({
    path: "/docs",
    specPath: SPEC,
    documentation: toDocumentation(parts.version),
  });
  const all = plugin.routes.find(({ path }) => path === SPEC)
    ?.handler as () => Document;
  return (
    new Elysia()
      .use(parts.access)
      .use(plugin)
      // Registered after the plugin's own, which they replace: its page loads its scripts from a CDN, and its document
      // is the same for everybody.
      .get("/docs", () => reply(PAGE, "text/html; charset=utf-8"), { detail })
      .get(
        SPEC,
        ({ caller }) =>
          Response.json(
            toVisible(all(), { caller, needsKey: parts.keyring.isOn }),
            { headers: { "cache-control": "no-store" } },
          ),
        { detail },
      )
      .get("/docs/start.js", () => reply(START, "text/javascript"), { detail })
      .get("/docs/page.css", () => reply(STYLE, "text/css"), { detail })
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

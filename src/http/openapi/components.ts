/** The components that the OpenAPI document refers to by name. */
import { t } from "elysia";
import { runObject } from "../runs/run-object.ts";
import { plainInteger, toPlain } from "./describe.ts";

const problemObject = t.Object(
  {
    type: t.String({ description: "urn:actiond:problem:{code}" }),
    title: t.String(),
    status: plainInteger(),
    detail: t.String(),
    code: t.String({
      description:
        "The code for programs. It is the action's own if its ActionError has one.",
    }),
    source: t.Unsafe<string>({ type: "string", enum: ["server", "action"] }),
    retryable: t.Boolean({
      description:
        "Whether the same request may succeed when it is sent again.",
    }),
    run_id: t.Optional(t.String()),
    data: t.Optional(
      t.Unknown({ description: "What the ActionError carries for programs." }),
    ),
    errors: t.Optional(
      t.Array(t.Object({ path: t.String(), message: t.String() }), {
        description: "The places where the input does not match its schema.",
      }),
    ),
    error_code: t.Unsafe<string>({
      type: "string",
      enum: ["validation-error", "internal-error"],
      description: "What Sema4.ai's Action Server calls the error.",
    }),
    message: t.String({ description: "The same as `detail`." }),
  },
  { title: "Problem", description: "Problem details (RFC 9457)." },
);

export const schemas = toPlain({
  Run: runObject,
  RunMembers: t.Partial(runObject, {
    title: "RunMembers",
    description: "The members of a run object that were asked for.",
  }),
  Problem: problemObject,
});

export const securitySchemes = {
  bearer: { type: "http", scheme: "bearer" },
  apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
};

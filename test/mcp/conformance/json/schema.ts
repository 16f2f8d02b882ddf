/** The tool whose schema the conformance suite expects to find unchanged. */
import { action, t } from "actiond";

/** Keywords of JSON Schema 2020-12 for which there is no function of `t`. */
const keywords = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: {
    properties: { contactMethod: { const: "phone" } },
    required: ["contactMethod"],
  },
  // oxlint-disable-next-line unicorn/no-thenable -- it is a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

// The name becomes that of the tool: json_schema_2020_12_tool.
export const schema_2020_12_tool = action({
  description: "Takes an address, in the words of JSON Schema 2020-12.",
  input: t.Object(
    {
      name: t.Optional(t.String()),
      address: t.Optional(t.Any({ $ref: "#/$defs/address" })),
      contactMethod: t.Optional(t.String({ pattern: "^(?:phone|email)$" })),
      phone: t.Optional(t.String()),
      email: t.Optional(t.String()),
    },
    keywords,
  ),
  run: ({ name = "nobody" }) => name,
});

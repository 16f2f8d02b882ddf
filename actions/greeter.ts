/** The smallest useful package: one action, which is called at /api/actions/greeter/greet/run. */
import { action, t } from "actiond";

// The action is named after the export, and its package after the file.
export const greet = action({
  description: "Greets a person.",
  // The input is checked against this schema before `run` is called, and `run` gets its types from it.
  input: t.Object({
    name: t.String({ description: "The name of the person to greet" }),
    title: t.Optional(t.String()),
  }),
  // The result of `run` is checked, too. Leave `output` out to return anything that JSON can represent.
  output: t.String(),
  run: ({ name, title = "Mr." }) => `Hello ${title} ${name}.`,
});

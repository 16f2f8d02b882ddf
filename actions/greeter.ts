/** The smallest useful package: one action, called at /api/actions/greeter/greet/run. */
import { action, t } from "actiond";

// The name of the export is the name of the action, the name of the file that of its package.
export const greet = action({
  description: "Greets a person.",
  // What is sent is checked against this schema before `run` is called, and `run` gets its types from it.
  input: t.Object({
    name: t.String({ description: "Who to greet" }),
    title: t.Optional(t.String()),
  }),
  // What `run` returns is checked too. Leave `output` out to return anything JSON can hold.
  output: t.String(),
  run: ({ name, title = "Mr." }) => `Hello ${title} ${name}.`,
});

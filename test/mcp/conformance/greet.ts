/** The tool `greet`, which answers at once. */
import { action, t } from "actiond";

export const greet = action({
  description: "Greets somebody.",
  input: t.Object({ name: t.String({ default: "World" }) }),
  run: ({ name }) => `Hello, ${name}!`,
});

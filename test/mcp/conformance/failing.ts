/** The tool `failing_job`, which becomes a task and then reports an error. */
import { setTimeout as delay } from "node:timers/promises";
import { ActionError, action } from "actiond";

export const job = action({
  description: "Fails after a second.",
  async run() {
    await delay(1000);
    throw new ActionError("The job has failed.");
  },
});

/** The tool `protocol_error_job`, which becomes a task and then ends its process. */
import { setTimeout as delay } from "node:timers/promises";
import { action } from "actiond";

export const errorJob = action({
  description: "Ends its process after a second.",
  isolation: "process",
  async run() {
    await delay(1000);
    process.kill(process.pid, "SIGKILL");
    return await new Promise<never>(() => {});
  },
});

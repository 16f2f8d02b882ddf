/** DBOS: a workflow is in PostgreSQL before it runs, and its result before its caller hears of it. */
import { DBOS } from "@dbos-inc/dbos-sdk";
import { add, input, measure } from "./peer.js";

DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: process.env.DATABASE_URL,
  systemDatabasePoolSize: 20,
  logLevel: "error",
  runAdminServer: false,
});
const work = DBOS.registerWorkflow(async (given) => add(given), {
  name: "add",
});
await DBOS.launch();
await measure(() => work(input));

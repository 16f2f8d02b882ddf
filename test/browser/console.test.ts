/** The console of the executable in a real browser. */
import { describeForms } from "./console/forms.ts";
import { describeKeys } from "./console/keys.ts";
import { describeEmptyPages, describeLooks } from "./console/looks.ts";
import { describeRuns } from "./console/runs.ts";
import { describeServer } from "./console/server.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

describeEmptyPages(stage);
describeRuns(stage);
describeForms(stage);
describeServer(stage);
describeLooks(stage);
describeKeys(stage);

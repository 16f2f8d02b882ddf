/** The page at /docs, and pages of others, in a real browser. */
import { describeDocs } from "./docs.ts";
import { describeForeignPages } from "./foreign-page.ts";
import { useStage } from "./stage.ts";

const stage = useStage();

describeDocs(stage);
describeForeignPages(stage);

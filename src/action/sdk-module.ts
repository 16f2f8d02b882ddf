/** Gives action files their SDK: the module "actiond", which is part of the executable. */
import * as typebox from "@sinclair/typebox";
import { plugin } from "bun";
import * as sdk from "../sdk.ts";

const MODULES = { actiond: sdk, "@sinclair/typebox": typebox };
let isProvided = false;

/**
 * Makes `import … from "actiond"` work in files that are imported from disk, wherever they are. Bun asks plugins for
 * bare names only through `build.module`: https://bun.sh/docs/runtime/plugins#virtual-modules
 */
export function provideSdk(): void {
  if (isProvided) return;
  isProvided = true;
  plugin({
    name: "actiond",
    setup(build) {
      for (const [name, exports] of Object.entries(MODULES))
        build.module(name, () => ({ exports, loader: "object" }));
    },
  });
}

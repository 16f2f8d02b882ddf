/** Gives action files the SDK that is inside the executable: they need no node_modules. */
import * as typebox from "@sinclair/typebox";
import { plugin } from "bun";
import * as sdk from "../sdk.ts";

let isProvided = false;

/**
 * From now on `import … from "actiond"` and `"@sinclair/typebox"` mean the executable's own, in every file of this
 * process that is imported later. Calling it again changes nothing.
 */
export function provideSdk(): void {
  if (isProvided) return;
  isProvided = true;
  // As a module, not by `onResolve`: Bun does not ask that for bare names at run time (https://bun.sh/docs/runtime/plugins).
  plugin({
    name: "actiond",
    setup(build) {
      build.module("actiond", () => ({ exports: sdk, loader: "object" }));
      build.module("@sinclair/typebox", () => ({
        exports: typebox,
        loader: "object",
      }));
    },
  });
}

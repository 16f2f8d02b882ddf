/** Gives action files the SDK that is inside the executable, so that they need no node_modules. */
import * as typebox from "@sinclair/typebox";
import { plugin } from "bun";
import * as sdk from "../sdk.ts";
import * as webhook from "../webhook.ts";

let isProvided = false;

/**
 * From now on, imports of "actiond", "actiond/webhook" and "@sinclair/typebox" resolve to the executable's own modules in
 * every file that this process imports. A second call changes nothing.
 */
export function provideSdk(): void {
  if (isProvided) return;
  isProvided = true;
  // This uses a module, because at run time Bun does not call `onResolve` for bare names (https://bun.sh/docs/runtime/plugins).
  plugin({
    name: "actiond",
    setup(build) {
      build.module("actiond", () => ({ exports: sdk, loader: "object" }));
      build.module("actiond/webhook", () => ({
        exports: webhook,
        loader: "object",
      }));
      build.module("@sinclair/typebox", () => ({
        exports: typebox,
        loader: "object",
      }));
    },
  });
}

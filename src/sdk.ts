/** The module that action files import as "actiond". */
export { type Static, Type as t } from "@sinclair/typebox";
export { type Action, action } from "./action/action.ts";
export type {
  ActionDefinition,
  ActionLog,
  Artifacts,
  RunContext,
} from "./action/definition.ts";
export { ActionError, type ActionErrorOptions } from "./action/action-error.ts";

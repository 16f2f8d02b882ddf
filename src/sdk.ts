/** What action files import as "actiond". */
export { Type as t } from "@sinclair/typebox";
export {
  type Action,
  type ActionDefinition,
  type ActionLog,
  action,
  type RunContext,
} from "./action/action.ts";
export { ActionError, type ActionErrorOptions } from "./action/action-error.ts";

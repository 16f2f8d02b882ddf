/** The module that action files import as "actiond". */
export { type Static, Type as t } from "@sinclair/typebox";
export { type Action, action } from "./action/action.ts";
export { file, type FileOutput } from "./action/file-output.ts";
export type { ArtifactData, Artifacts } from "./action/artifacts.ts";
export type {
  ActionDefinition,
  ActionLog,
  ActionRequest,
  RunContext,
} from "./action/definition.ts";
export { ActionError, type ActionErrorOptions } from "./action/action-error.ts";

/** Why a data folder cannot be used. */
import { OperatorError } from "../errors.ts";

/** The data folder cannot be used. The message says why and what to do. */
export class StoreError extends OperatorError {
  override readonly name = "StoreError";
}

/** Another process uses the data folder. */
export class FolderHeldError extends StoreError {}

/** The data folder cannot be used. The message says why and what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Another process uses the data folder. */
export class FolderHeldError extends StoreError {}

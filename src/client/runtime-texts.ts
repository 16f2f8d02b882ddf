/** The files that are copied into generated clients. */
import {
  readInnerModule,
  readModule,
  readPart,
} from "./read-source.ts" with { type: "macro" };

/** What a client in TypeScript is made of. */
export const TYPESCRIPT_RUNTIME: readonly string[] = [
  readModule("runtime/typescript/calls.ts"),
  readModule("runtime/typescript/errors.ts"),
  readInnerModule("runtime/typescript/connect.ts"),
  readInnerModule("runtime/typescript/handle.ts"),
  readInnerModule("runtime/typescript/ask.ts"),
  readInnerModule("runtime/typescript/replies.ts"),
  readInnerModule("runtime/typescript/streams.ts"),
  readModule("../webhook.ts"),
];

/** What a client in Python is made of. */
export const PYTHON_RUNTIME: readonly string[] = [
  readPart("runtime/python/errors.py"),
  readPart("runtime/python/connection.py"),
  readPart("runtime/python/actions.py"),
  readPart("runtime/python/callbacks.py"),
];

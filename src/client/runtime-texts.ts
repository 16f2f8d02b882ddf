/** The files that are copied into generated clients. */
import { readSource } from "./read-source.ts" with { type: "macro" };

/** What a client in TypeScript is made of. */
export const TYPESCRIPT_RUNTIME: readonly string[] = [
  readSource("runtime/client.ts"),
  readSource("../webhook.ts"),
];

/** What a client in Python is made of, behind a first line that says what the file is for. */
export const PYTHON_RUNTIME: string = readSource("runtime/client.py");

/** The file of `--secrets-file`, which is read again when it has changed. */
import { stat } from "node:fs/promises";
import { parseEnv } from "node:util";
import { UsageError } from "../errors.ts";
import { hide } from "../hidden.ts";
import { readSecretFile } from "../secret-file.ts";
import { isObject } from "./envelope.ts";

type Secrets = ReadonlyMap<string, string>;

/** How often it is looked at. */
const CHECK_MS = 2000;

export class SecretsFile implements Disposable {
  readonly #file: string;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #secrets: Secrets;
  #hidden: Disposable;
  #version: string | undefined;

  /**
   * @param onError is told that a changed file cannot be read: the secrets that were known stay
   * @throws {UsageError} the message has no secret
   */
  constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
    this.#secrets = readSecrets(file);
    this.#hidden = hide(this.#secrets.values());
    this.#timer = setInterval(() => {
      this.#check().catch(this.#onError);
    }, CHECK_MS);
    this.#timer.unref();
  }

  get(name: string): string | undefined {
    return this.#secrets.get(name);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#hidden[Symbol.dispose]();
  }

  async #check(): Promise<void> {
    const { mtimeMs, size, ino } = await stat(this.#file);
    const version = `${ino} ${size} ${mtimeMs}`;
    if (version === this.#version) return;
    this.#version = version;
    this.#secrets = readSecrets(this.#file);
    this.#hidden[Symbol.dispose]();
    this.#hidden = hide(this.#secrets.values());
  }
}

/**
 * Reads a JSON object of texts, or lines such as `NAME=value`, as in a `.env` file.
 *
 * @throws {UsageError} the message has no secret
 */
function readSecrets(file: string): Secrets {
  const text = readSecretFile("the secrets", file);
  const members = text.trimStart().startsWith("{")
    ? parseObject(text)
    : Object.entries(parseEnv(text));
  const isText = (member: [string, unknown]): member is [string, string] =>
    typeof member[1] === "string";
  if (members?.every(isText) !== true || members.length === 0)
    throw new UsageError(
      `The file ${file} does not hold secrets. It must be a JSON object of strings, or have lines such as NAME=value.`,
    );
  return new Map(members);
}

function parseObject(text: string): [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined;
  }
}

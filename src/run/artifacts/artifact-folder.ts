/** Artifacts: files that runs leave, each run in a folder of its own below the data folder. */
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { join } from "node:path";
import type { Artifacts } from "../../action/artifacts.ts";
import type { RunId } from "../run.ts";
import { findNameMistake } from "../../action/artifact-name.ts";

/** The folder below the data folder, which is part of `relative_artifacts_dir`. */
export const ARTIFACTS = "artifacts";
/** With it begins the name of a file that is being written, and no name of an artifact. */
const PART = ".";
const MAX_COUNT = 1000;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export interface Artifact {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

/** How much one run may still write. */
export interface Room {
  /** @throws {Error} which says what the limit is, when there is not that much left */
  take(bytes: number): void;
  giveBack(bytes: number): void;
}

interface WriterParts {
  readonly findRoom: () => Promise<Room>;
  readonly onWritten: (bytes: number) => void;
}

export class ArtifactFolder {
  readonly #root: string;

  /** @param data the data folder */
  constructor(data: string) {
    this.#root = join(data, ARTIFACTS);
  }

  /**
   * @param parts.findRoom called before the first byte is written
   * @param parts.onWritten called when a file is complete
   * @returns what an action writes its artifacts with
   */
  writer(id: RunId, parts: WriterParts): Artifacts {
    const openFile = (name: string) => {
      const mistake = findNameMistake(name);
      if (mistake !== undefined) throw new TypeError(mistake);
      return new ArtifactFile(join(this.#root, id), name, parts);
    };
    return {
      stream: (name) => openFile(name).stream,
      async write(name, data) {
        const { body } = data instanceof Response ? data : new Response(data);
        const target = openFile(name);
        if (body === null) await target.stream.close();
        else await body.pipeTo(target.stream);
        return target.bytes;
      },
    };
  }

  /** Lists what a run has left, by name. */
  async list(id: RunId): Promise<Artifact[]> {
    const folder = join(this.#root, id);
    const names = await readdir(folder).catch(() => []);
    const complete = names.filter((name) => !name.startsWith(PART));
    const found = await Promise.all(
      complete.toSorted().map(async (name) => {
        // It may be deleted meanwhile, with its run.
        const file = await stat(join(folder, name)).catch(() => undefined);
        return file === undefined
          ? []
          : [{ name, bytes: file.size, at: Math.round(file.mtimeMs) }];
      }),
    );
    return found.flat();
  }

  /** @returns the bytes of all that a run has left */
  async bytesOf(id: RunId): Promise<number> {
    const artifacts = await this.list(id);
    return artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @returns undefined when the run has left no such file */
  async find(id: RunId, name: string): Promise<Blob | undefined> {
    if (findNameMistake(name) !== undefined) return undefined;
    const file = Bun.file(join(this.#root, id, name));
    return (await file.exists()) ? file : undefined;
  }

  async delete(id: RunId): Promise<void> {
    await rm(join(this.#root, id), { recursive: true, force: true });
  }

  /** @returns the ids of all runs that have a folder */
  async runs(): Promise<RunId[]> {
    return await readdir(this.#root).catch(() => []);
  }
}

/** A file that is being written under another name, until it is complete. */
class ArtifactFile {
  readonly stream: WritableStream<Uint8Array | string>;
  readonly #folder: string;
  readonly #name: string;
  readonly #parts: WriterParts;
  #room: Room | undefined;
  #handle: FileHandle | undefined;
  #bytes = 0;

  constructor(folder: string, name: string, parts: WriterParts) {
    this.#folder = folder;
    this.#name = name;
    this.#parts = parts;
    this.stream = new WritableStream({
      start: () => this.#open(),
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      abort: () => this.#abort(),
    });
  }

  /** How much was written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  get #path(): string {
    return join(this.#folder, this.#name);
  }

  get #partPath(): string {
    return join(this.#folder, `${PART}${this.#name}`);
  }

  async #open(): Promise<void> {
    this.#room = await this.#parts.findRoom();
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    const names = await readdir(this.#folder);
    if (names.length >= MAX_COUNT)
      throw new Error(`A run may leave at most ${MAX_COUNT} artifacts.`);
    this.#handle = await open(this.#partPath, "w", FILE_MODE);
  }

  async #write(chunk: Uint8Array | string): Promise<void> {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    try {
      this.#room?.take(bytes.byteLength);
    } catch (error) {
      await this.#abort();
      throw error;
    }
    this.#bytes += bytes.byteLength;
    await this.#handle?.writeFile(bytes);
  }

  async #close(): Promise<void> {
    await this.#handle?.sync();
    await this.#handle?.close();
    const before = await stat(this.#path).catch(() => undefined);
    await rename(this.#partPath, this.#path);
    if (before !== undefined) this.#room?.giveBack(before.size);
    this.#parts.onWritten(this.#bytes);
  }

  async #abort(): Promise<void> {
    this.#room?.giveBack(this.#bytes);
    this.#bytes = 0;
    await this.#handle?.close().catch(() => undefined);
    await rm(this.#partPath, { force: true });
  }
}

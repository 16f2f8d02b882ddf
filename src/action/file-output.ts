/** A result that is a file: it is kept as an artifact, and the result of the run says which. */
import { type Static, Type } from "@sinclair/typebox";
import { findNameMistake } from "./artifact-name.ts";
import type { ArtifactData, Artifacts } from "./artifacts.ts";

/** Marks the schema that `file()` returned, even across two copies of the SDK. */
const FILE = Symbol.for("actiond.file");

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?$/;

interface Spec {
  readonly contentType: string;
  readonly name: string;
}

const members = {
  artifact: Type.String({ description: "The name of the artifact." }),
  content_type: Type.String(),
  size: Type.Integer({ minimum: 0, description: "Bytes." }),
  url: Type.String({ description: "The path at which to download it." }),
};

/** The schema of a result that is a file. */
export type FileOutput = ReturnType<typeof makeSchema> & {
  readonly [FILE]: Spec;
};

function makeSchema(contentType: string) {
  return Type.Object(members, {
    description: `A file of the type ${contentType}.`,
  });
}

/**
 * The output of an action whose result is a file. Its code returns the data: a string, bytes, a Blob, a Response or a
 * ReadableStream. The file is kept as an artifact of the run, and the result says where it is.
 *
 * @param contentType such as "application/pdf"
 * @param options.name of the artifact; "result" when omitted
 * @throws {TypeError} this is no media type, or no name of a file
 */
export function file(
  contentType: string,
  { name = "result" }: { name?: string } = {},
): FileOutput {
  if (typeof contentType !== "string" || !MEDIA_TYPE.test(contentType))
    throw new TypeError(
      `file() needs a media type such as "application/pdf", not ${JSON.stringify(contentType)}.`,
    );
  const mistake = findNameMistake(name);
  if (mistake !== undefined) throw new TypeError(mistake);
  return Object.assign(makeSchema(contentType), {
    [FILE]: { contentType, name },
  });
}

/** @returns undefined for a schema that `file()` did not make */
export function findFileSpec(schema: unknown): Spec | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  return (schema as { [FILE]?: Spec })[FILE];
}

/** The part of a context that a file needs. */
interface Keeping {
  readonly artifacts: Artifacts;
  readonly runId: string;
}

/** @returns code that keeps what `run` returns as an artifact, and returns where that is */
export function keepingFile<Input, Context extends Keeping>(
  run: (input: Input, context: Context) => unknown,
  { contentType, name }: Spec,
): (
  input: Input,
  context: Context,
) => Promise<Static<ReturnType<typeof makeSchema>>> {
  return async (input, context) => {
    const data = await run(input, context);
    if (!isData(data))
      throw new TypeError(
        `The output is file(${JSON.stringify(contentType)}), so the action has to return a string, bytes, a Blob, a Response or a ReadableStream, not ${Bun.inspect(data)}.`,
      );
    const size = await context.artifacts.write(name, data);
    return {
      artifact: name,
      content_type: contentType,
      size,
      url: `/api/runs/${context.runId}/artifacts/${encodeURIComponent(name)}`,
    };
  };
}

const KINDS = [Uint8Array, ArrayBuffer, Blob, Response, ReadableStream];

function isData(value: unknown): value is ArtifactData {
  return (
    typeof value === "string" || KINDS.some((kind) => value instanceof kind)
  );
}

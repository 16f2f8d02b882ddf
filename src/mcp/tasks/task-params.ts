/** The parameters of the methods about tasks, which the SDK does not know. */
import type { StandardSchemaV1 } from "@modelcontextprotocol/server";

interface TaskParams {
  readonly taskId: string;
}

export const taskParams: StandardSchemaV1<unknown, TaskParams> = {
  "~standard": {
    version: 1,
    vendor: "actiond",
    validate(value) {
      const { taskId } = (value ?? {}) as { taskId?: unknown };
      return typeof taskId === "string"
        ? { value: { taskId } }
        : { issues: [{ message: "taskId must be the id of a task." }] };
    },
  },
};

export const pageParams: StandardSchemaV1<
  unknown,
  { readonly cursor: number | undefined }
> = {
  "~standard": {
    version: 1,
    vendor: "actiond",
    validate(value) {
      const { cursor } = (value ?? {}) as { cursor?: unknown };
      if (cursor === undefined) return { value: { cursor } };
      return Number.isSafeInteger(Number(cursor))
        ? { value: { cursor: Number(cursor) } }
        : { issues: [{ message: "cursor must be one that was answered." }] };
    },
  },
};

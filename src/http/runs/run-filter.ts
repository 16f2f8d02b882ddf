/** The query parameters that choose runs. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import { STATUSES, type Status } from "../../run/run.ts";
import { textParameter } from "../openapi/describe.ts";

export const runFilter = {
  status: t.Optional(
    t.Array(
      t.String({ enum: [...STATUSES, ...STATUSES.map((_, n) => String(n))] }),
      {
        description: "Only runs with one of these statuses, by name or number.",
      },
    ),
  ),
  package: textParameter({
    type: "string",
    description: "Only runs of this package.",
  }),
  action: textParameter({
    type: "string",
    description: "Only runs of this action.",
  }),
  request_id: textParameter({
    type: "string",
    description:
      "Only runs that were requested with this `x-actions-request-id`.",
  }),
};

interface RunFilterQuery {
  readonly status?: readonly string[] | undefined;
  readonly package?: string | undefined;
  readonly action?: string | undefined;
  readonly request_id?: string | undefined;
}

/** @throws {ServerError} `invalid_parameter` */
export function toRunFilter(query: RunFilterQuery) {
  const { status, package: packageName, action, request_id } = query;
  return {
    ...(status === undefined ? {} : { statuses: toStatuses(status) }),
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(action === undefined ? {} : { action }),
    ...(request_id === undefined ? {} : { requestId: request_id }),
  };
}

function toStatuses(values: readonly string[]): Status[] {
  return values.map(toStatus);
}

function toStatus(value: string): Status {
  const status = STATUSES.find(
    (name, number) => value === name || value === String(number),
  );
  if (status === undefined)
    throw new ServerError(
      "invalid_parameter",
      `status must be one of ${STATUSES.join(", ")} or 0 to 4, not ${JSON.stringify(value)}.`,
    );
  return status;
}

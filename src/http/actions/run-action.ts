/** `POST /api/actions/{package}/{action}/run`: one route for every action of the catalog, which may change at any time. */
import { t } from "elysia";
import type { ByteBudget } from "../../byte-budget.ts";
import type { RunFiles } from "../../run/artifacts/run-files.ts";
import { type Answer, ask } from "../../run/ask.ts";
import { HeldInput } from "../../run/input/held-input.ts";
import type { InputReader } from "../../run/input/input-reader.ts";
import type { Run } from "../../run/run.ts";
import { SentRequest } from "../../secrets/sent-request.ts";
import type { Vault } from "../../secrets/vault.ts";
import { operation } from "../operation.ts";
import { asyncReturnReply, preferenceReply, replayed } from "../reply.ts";
import { resultReply } from "../artifacts/result-reply.ts";
import { acceptsEvents, streamRun, type StreamRunParts } from "./stream-run.ts";
import { type JsonLimit, readBody } from "./body.ts";
import { describeRun, RUN_REPLIES } from "./describe-run.ts";
import { isEnveloped, unwrap } from "./invocation.ts";
import { type RunHeaders, runHeaders, toRunHeaders } from "./headers.ts";

export interface RunActionParts extends StreamRunParts {
  readonly artifacts: Pick<RunFiles, "find">;
  readonly held: ByteBudget;
  readonly inputs: Pick<InputReader, "open">;
  readonly vault: Pick<Vault, "keys">;
  readonly limits: JsonLimit & { readonly maxWaitMs: number };
}

export const runAction = operation({
  id: "runAction",
  method: "POST",
  path: "/api/actions/:package/:action/run",
  need: "run",
  event: "run.start",
  tag: "Actions",
  summary: "Run an action",
  params: t.Object({ package: t.String(), action: t.String() }),
  headers: runHeaders,
  replies: RUN_REPLIES,
  problems: [
    "invalid_header",
    "invalid_parameter",
    "action_not_found",
    "request_timed_out",
    "input_too_large",
    "unsupported_media_type",
    "invalid_json",
    "invalid_input",
    "missing_secret",
    "callback_not_allowed",
    "idempotency_key_reused",
    "too_many_runs",
    "overloaded",
    "shutting_down",
    "store_unavailable",
    "concurrency_key_failed",
    "action_failed",
    "invalid_result",
    "result_too_large",
    "crashed",
    "run_timed_out",
    "start_timed_out",
    "run_cancelled",
    "interrupted",
    "secrets_lost",
  ],
  describeFor: describeRun,
  readHeaders: (headers, { limits }: RunActionParts) =>
    toRunHeaders(headers, limits),
  async handle({ request, params, caller, read }, parts: RunActionParts) {
    const { package: packageName, action } = params;
    const { idempotencyKey } = read;
    const wanted = { package: packageName, action, idempotencyKey, caller };
    parts.acceptor.refuseEarly(wanted);
    const held = new HeldInput(parts.held, caller.keyId);
    let sent: SentRequest | undefined;
    try {
      const reading = readBody(request, parts.limits, held);
      const body = reading instanceof Promise ? await reading : reading;
      const unwrapped = isEnveloped(request.headers)
        ? await unwrap(request, body, { ...parts, owner: caller.keyId })
        : undefined;
      const headers = unwrapped?.headers ?? request.headers;
      const input = unwrapped === undefined ? body : unwrapped.input;
      sent = SentRequest.read(headers, parts.vault.keys);
      const asked =
        unwrapped === undefined ? read : toRunHeaders(headers, parts.limits);
      const question = {
        ...asked,
        package: packageName,
        action,
        caller,
        input,
        held,
        sent,
        connection: request,
      };
      const accept = request.headers.get("accept");
      if (acceptsEvents(accept)) return await streamRun(question, parts);
      const answer = await ask(question, parts);
      const made = toReply(
        answer,
        { preference: asked.preference, accept },
        parts,
      );
      const reply = made instanceof Promise ? await made : made;
      return answer.isRepeat ? replayed(reply) : reply;
    } finally {
      if (!held.isAdopted) held[Symbol.dispose]();
      if (sent?.isAdopted === false) sent[Symbol.dispose]();
    }
  },
});

function toReply(
  answer: Answer,
  {
    preference,
    accept,
  }: Pick<RunHeaders, "preference"> & { readonly accept: string | null },
  { store, artifacts }: RunActionParts,
): Response | Promise<Response> {
  const { runId } = answer;
  if (answer.kind === "outcome")
    return resultReply(runId, answer.outcome, { accept, artifacts });
  if (preference === undefined) return asyncReturnReply(runId);
  return store
    .find(runId)
    .then((run) => preferenceReply(run as Run, preference));
}

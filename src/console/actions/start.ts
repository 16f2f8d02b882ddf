/** Starts runs from the form. */
import { useState } from "preact/hooks";
import type { Action } from "../api/objects.ts";
import { type InputError, Problem, request } from "../api/request.ts";
import { toHeaders, type Wanted } from "./wanted.ts";

export interface Started {
  readonly runId: string;
  readonly way: Wanted["way"];
}

/**
 * The page always starts runs in the background and then looks at them: so it knows the run at once, can cancel it, and
 * does not lose it when the connection breaks.
 */
export function useStart(action: Action) {
  const [isStarting, setStarting] = useState(false);
  const [started, setStarted] = useState<Started>();
  const [refusal, setRefusal] = useState<unknown>();
  const begin = async (input: unknown, wanted: Wanted) => {
    setStarting(true);
    setRefusal(undefined);
    try {
      const response = await request(action.url, {
        method: "POST",
        headers: {
          ...toHeaders(wanted),
          "content-type": "application/json",
          "x-actions-async-timeout": "0",
        },
        body: JSON.stringify(input),
      });
      const runId = response.headers.get("x-action-server-run-id") ?? "";
      setStarted({ runId, way: wanted.way });
    } catch (error) {
      setRefusal(error);
    } finally {
      setStarting(false);
    }
  };
  const errors: readonly InputError[] =
    (refusal instanceof Problem ? refusal.body.errors : undefined) ?? NONE;
  return {
    isStarting,
    started,
    refusal,
    errors,
    begin: (input: unknown, wanted: Wanted) => {
      void begin(input, wanted);
    },
  };
}

const NONE: readonly InputError[] = [];

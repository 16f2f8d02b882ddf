/**
 * Makes one attempt after the other to the URLs it is given, whose names have the address 127.0.0.1, and writes what came
 * of them. A program of its own, because Bun reads NODE_EXTRA_CA_CERTS when it starts.
 */
import { type AttemptAnswer, attempt } from "../../../src/callback/attempt.ts";
import { createCallbackPolicy } from "../../../src/callback/reach/policy.ts";
import { toBody } from "../../../src/callback/body.ts";
import { createSign } from "../../../src/callback/signature.ts";
import { makeRun } from "../../store/sqlite/temporary-store.ts";

const answers: AttemptAnswer[] = [];
for (const url of Bun.argv.slice(2))
  answers.push(
    await attempt(
      {
        run: {
          ...makeRun(),
          numberedId: 1,
          status: "passed",
          result: "1",
          error: null,
          attempt: 1,
          nextAttemptAt: null,
          detachedAt: null,
          hasArtifacts: false,
          finishedAt: 1000,
          runMs: 1,
        },
        body: toBody("1"),
        url: new URL(url),
        number: 0,
        at: new Date(),
        stop: new AbortController().signal,
      },
      {
        policy: createCallbackPolicy({
          allow: ["127.0.0.1"],
          allowPrivate: false,
          resolve: () => Promise.resolve(["127.0.0.1"]),
        }),
        sign: createSign([]),
        timeoutMs: 5000,
        version: "1.2.3",
      },
    ),
  );
await Bun.stdout.write(JSON.stringify(answers));

/**
 * Makes one attempt to the URL it is given, whose name has the address 127.0.0.1, and writes what came of it. A program
 * of its own, because Bun reads NODE_EXTRA_CA_CERTS when it starts.
 */
import { attempt } from "../../../src/callback/attempt.ts";
import { createCallbackPolicy } from "../../../src/callback/policy.ts";
import { createSign } from "../../../src/callback/signature.ts";
import { makeRun } from "../../store/temporary-store.ts";

const url = new URL(Bun.argv[2] ?? "");
const answer = await attempt(
  {
    run: {
      ...makeRun(),
      numberedId: 1,
      status: "passed",
      result: "1",
      error: null,
      attempt: 1,
      finishedAt: 1000,
      runMs: 1,
    },
    url,
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
    toBody: ({ result }) => result ?? "null",
  },
);
await Bun.stdout.write(JSON.stringify(answer));

/** Tells URLs how runs ended. */
import { isLoopback } from "../access/binding.ts";
import { ByteBudget } from "../byte-budget.ts";
import { Deliverer } from "../callback/deliver.ts";
import {
  type CallbackPolicy,
  createCallbackPolicy,
} from "../callback/reach/policy.ts";
import { createSign } from "../callback/signature.ts";
import { version } from "../cli/version.ts";
import { toCallbackBody } from "../http/problem.ts";
import type { Ground } from "./ground.ts";

export interface Callbacks {
  readonly policy: CallbackPolicy;
  /** Attempts nothing before it is started. */
  readonly deliverer: Deliverer;
  readonly budget: ByteBudget;
}

/** @param secrets what callbacks are signed with */
export function openCallbacks(
  { config, log, events, telemetry, storage, news, keyring }: Ground,
  secrets: Parameters<typeof createSign>[0],
  opened: AsyncDisposableStack,
): Callbacks {
  const policy = createCallbackPolicy({
    allow: config.callbackAllow,
    get allowPrivate() {
      return isLoopback(config.host) && !keyring.isOn;
    },
  });
  const budget = new ByteBudget({
    maxBytes: config.maxCallbackBytes,
    maxBytesPerKey: config.maxCallbackBytes / 2,
  });
  const deliverer = opened.use(
    new Deliverer({
      deliveries: storage.deliveries,
      runs: storage.runs,
      events,
      news,
      policy,
      sign: createSign(secrets),
      budget,
      retryMs: config.callbackRetryMs,
      timeoutMs: config.callbackTimeoutMs,
      version,
      toBody: toCallbackBody,
      trace: telemetry?.traceCallback,
      log,
      now: Date.now,
      random: Math.random,
    }),
  );

  return { policy, deliverer, budget };
}

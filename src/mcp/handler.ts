/**
 * MCP over HTTP. Clients of the specification of 2026-07-28 send requests that stand alone; those of 2025 open sessions.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
} from "@modelcontextprotocol/server";
import type { Caller } from "../access/caller.ts";
import type { McpParts, McpRequest } from "./parts.ts";
import { createServer } from "./server.ts";
import { Sessions } from "./sessions.ts";
import { SubscriptionBus } from "./watch/subscription-bus.ts";
import { toAuthInfo, toCaller } from "./whose.ts";

export class McpHandler implements AsyncDisposable {
  readonly #asking = new AsyncLocalStorage<Caller>();
  readonly #sessions: Sessions;
  readonly #bus: SubscriptionBus;
  readonly #modern: McpHttpHandler;
  readonly #changes: Disposable;

  constructor(parts: McpParts) {
    const onerror = (error: Error) => {
      parts.log.debug("A request through MCP was refused.", { error });
    };
    this.#sessions = new Sessions(parts, onerror);
    this.#bus = new SubscriptionBus(parts.events, () =>
      this.#asking.getStore(),
    );
    this.#modern = createMcpHandler(
      () =>
        createServer(parts, {
          era: "modern",
          whose: ({ http }) => toCaller(http?.authInfo),
          onError: onerror,
        }),
      { legacy: "reject", bus: this.#bus, onerror },
    );
    this.#changes = parts.catalog.onChange(() => {
      this.#modern.notify.toolsChanged();
      this.#modern.notify.promptsChanged();
      this.#modern.notify.resourcesChanged();
    });
  }

  async fetch(request: Request, asked: McpRequest): Promise<Response> {
    const { caller, body } = asked;
    const authInfo: AuthInfo = toAuthInfo(caller);
    const options = {
      authInfo,
      ...(body === undefined ? {} : { parsedBody: body }),
    };
    if (await isLegacyRequest(request, body))
      return await this.#sessions.fetch(request, { caller, ...options });
    return await this.#asking.run(caller, () =>
      this.#modern.fetch(request, options),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#changes[Symbol.dispose]();
    this.#bus[Symbol.dispose]();
    await Promise.all([
      this.#modern.close(),
      this.#sessions[Symbol.asyncDispose](),
    ]);
  }
}

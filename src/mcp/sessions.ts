/** The sessions of clients of 2025: each belongs to the key that opened it, and its streams can be resumed. */
import {
  type HandleRequestOptions,
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Caller } from "../access/caller.ts";
import type { McpParts } from "./parts.ts";
import { SentMessages } from "./sent-messages.ts";
import { createServer } from "./server.ts";
import { followChanges } from "./watch/follow-changes.ts";
import { toCaller } from "./whose.ts";

interface Session {
  readonly caller: Caller;
  readonly server: McpServer;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly changes: Disposable;
  usedAt: number;
}

/** A client that says nothing for so long has gone. One that comes back opens another session. */
const IDLE_MS = 60 * 60_000;
/** A key that opens more loses the one it has not used for longest. */
const MAX_PER_KEY = 1000;
/** When a client whose stream has broken asks for the rest of it. */
const RETRY_MS = 1000;
const HEADER = "mcp-session-id";

export class Sessions implements AsyncDisposable {
  /** By id; the one used last is the last. */
  readonly #sessions = new Map<string, Session>();
  readonly #sent = new SentMessages();
  readonly #parts: McpParts;
  readonly #onerror: (error: Error) => void;

  constructor(parts: McpParts, onerror: (error: Error) => void) {
    this.#parts = parts;
    this.#onerror = onerror;
  }

  async fetch(
    request: Request,
    { caller, ...options }: HandleRequestOptions & { caller: Caller },
  ): Promise<Response> {
    const id = request.headers.get(HEADER);
    if (id !== null) {
      const session = this.#use(id, caller);
      if (session !== undefined)
        return await session.transport.handleRequest(request, options);
      return refusal(404, "There is no such session. Open another one.");
    }
    if (request.method !== "POST")
      return refusal(405, "A stream needs the header mcp-session-id.");
    const { parsedBody: body } = options;
    if (![body].flat().some(isInitializeRequest))
      return refusal(400, "The first request of a client must be initialize.");
    const transport = await this.#open(caller);
    return await transport.handleRequest(request, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((id) => this.#close(id)));
  }

  #use(id: string, caller: Caller): Session | undefined {
    const session = this.#sessions.get(id);
    if (session?.caller.keyId !== caller.keyId) return undefined;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    session.usedAt = Date.now();
    return session;
  }

  async #open(
    caller: Caller,
  ): Promise<WebStandardStreamableHTTPServerTransport> {
    this.#makeRoom(caller);
    const id = crypto.randomUUID();
    const server = createServer(this.#parts, {
      era: "legacy",
      whose: ({ http }) => toCaller(http?.authInfo),
      onError: this.#onerror,
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: this.#sent.of(id),
      retryInterval: RETRY_MS,
      onsessioninitialized: () => {
        const changes = followChanges(server.server, {
          ...this.#parts,
          caller,
        });
        const usedAt = Date.now();
        this.#sessions.set(id, { caller, server, transport, changes, usedAt });
      },
      onsessionclosed: () => this.#close(id),
    });
    await server.connect(transport);
    return transport;
  }

  #makeRoom({ keyId }: Caller): void {
    const sessions = [...this.#sessions];
    const own = sessions.filter(([, { caller }]) => caller.keyId === keyId);
    const idle = sessions.filter(
      ([, { usedAt }]) => usedAt < Date.now() - IDLE_MS,
    );
    const over = own.slice(0, Math.max(0, own.length - MAX_PER_KEY + 1));
    for (const [id] of [...idle, ...over]) this.#close(id).catch(this.#onerror);
  }

  async #close(id: string): Promise<void> {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    this.#sent.forget(id);
    session.changes[Symbol.dispose]();
    await session.server.close();
  }
}

function refusal(status: number, message: string): Response {
  const error = { code: -32_000, message };
  return Response.json({ jsonrpc: "2.0", error, id: null }, { status });
}

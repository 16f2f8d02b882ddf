/**
 * The way in for MCP: requests over HTTP, and a connection over standard input and output. The SDK is loaded when the first
 * of them arrives, so that a server that nobody uses through MCP pays nothing for it.
 */
import type { Caller } from "../access/caller.ts";
import type { McpHandler } from "./handler.ts";
import type {
  McpDoorParts,
  McpParts,
  McpRequest,
  McpStreams,
} from "./parts.ts";
import { RunFollowers } from "./watch/run-followers.ts";

export class McpDoor implements AsyncDisposable {
  readonly #parts: McpParts;
  #handler: Promise<McpHandler> | undefined;

  constructor(parts: McpDoorParts) {
    this.#parts = { ...parts, followers: new RunFollowers(parts) };
  }

  async fetch(request: Request, details: McpRequest): Promise<Response> {
    this.#handler ??= this.#open();
    return (await this.#handler).fetch(request, details);
  }

  /** Serves one connection. @returns a promise that resolves when its input has ended */
  async connect(streams: McpStreams, caller: Caller): Promise<void> {
    const { serveStreams } = await import("./stdio.ts");
    await serveStreams(streams, caller, this.#parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#handler)?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<McpHandler> {
    const { McpHandler } = await import("./handler.ts");
    return new McpHandler(this.#parts);
  }
}

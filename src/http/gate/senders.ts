/** Where requests come from, and by which path. The listener they arrive by hands itself over with each of them. */
import { networkOf } from "./network.ts";
import type { Forwarded } from "./proxies.ts";

/** A WebSocket connection (RFC 6455). */
export interface Socket {
  /** @returns resolves when there is room for more, or when nobody reads it any more */
  send(text: string): Promise<void>;
  /** @param code RFC 6455 section 7.4.1 */
  close(code: number, reason: string): void;
}

/** Hears what becomes of a connection. */
export interface SocketListener {
  open(socket: Socket): void;
  message(text: string): void;
  closed(): void;
}

/** The part of a listener that requests are answered with. */
export interface Listening {
  /** How many requests are being answered, including the current one. */
  readonly requestCount: number;
  /** Whether there are more connections than there may be. */
  readonly isFull: boolean;
  /** @returns the address of the client, or of the proxy in front */
  addressOf(request: Request): string | undefined;
  /** Lets the connection of this request be silent for any time, until its reply has ended. */
  keepOpen(request: Request): void;
  /**
   * Makes the connection of this request a WebSocket, whose reply is sent by then.
   *
   * @returns false when the request does not ask for one as RFC 6455 says
   */
  upgrade(request: Request, listener: SocketListener): boolean;
  /** Whether another server may read its target as another path: it has `\\`, dot segments or a fragment. */
  isAmbiguous(request: Request): boolean;
}

/** The listener of an application, for what is answered later than its request has arrived. */
export class Senders {
  /** An application has one listener: it is known from the first request on. */
  listener: Listening | undefined;

  readonly #forwarded = new WeakMap<Request, Forwarded>();

  /** Remembers what proxies say of the request. */
  note(request: Request, forwarded: Forwarded): void {
    this.#forwarded.set(request, forwarded);
  }

  addressOf(request: Request): string | undefined {
    return (
      this.#forwarded.get(request)?.address ?? this.listener?.addressOf(request)
    );
  }

  /** @returns what its requests are counted by: see `networkOf` */
  networkOf(request: Request): string | undefined {
    const address = this.addressOf(request);
    return address === undefined ? undefined : networkOf(address);
  }

  /** @returns the scheme and host that the client asked; undefined where only the request says them */
  originOf(request: Request): string | undefined {
    return this.#forwarded.get(request)?.origin;
  }

  /** @returns the path before those of the server, such as "/actiond", or "" */
  prefixOf(request: Request): string {
    return this.#forwarded.get(request)?.prefix ?? "";
  }

  /** @returns the URL by which the client finds the server, as far as it is known; "/" is where it found it */
  urlOf(request: Request): string {
    const { origin = "", prefix = "" } = this.#forwarded.get(request) ?? {};
    return origin + prefix || "/";
  }
}

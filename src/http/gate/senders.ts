/** Where requests come from. The listener they arrive by hands itself over with each of them. */

/** The part of a listener that requests are answered with. */
export interface Listening {
  /** How many requests are being answered, including the current one. */
  readonly requestCount: number;
  /** @returns the address of the client, or of the proxy in front */
  addressOf(request: Request): string | undefined;
  /** Lets the connection of this request be silent for any time, until its reply has ended. */
  keepOpen(request: Request): void;
  /** Whether another server may read its target as another path: it has `\\`, dot segments or a fragment. */
  isAmbiguous(request: Request): boolean;
}

/** The listener of an application, for what is answered later than its request has arrived. */
export class Senders {
  /** An application has one listener: it is known from the first request on. */
  listener: Listening | undefined;

  addressOf(request: Request): string | undefined {
    return this.listener?.addressOf(request);
  }
}

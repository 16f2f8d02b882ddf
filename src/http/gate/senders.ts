/** Which listener each request came in by, for those who ask where it came from or keep its connection open. */

/** The part of a listener that requests are answered with. */
export interface Listening {
  /** How many requests are being answered, including the current one. */
  readonly requestCount: number;
  /** @returns the address of the client, or of the proxy in front */
  addressOf(request: Request): string | undefined;
  /** Lets the connection of this request be silent for any time, until it is closed. */
  keepOpen(request: Request): void;
}

const listeners = new WeakMap<Request, Listening>();

export function arrive(request: Request, listener: Listening): void {
  listeners.set(request, listener);
}

/** @returns the address that the request came from; undefined when it did not arrive by a listener */
export function addressOf(request: Request): string | undefined {
  return listeners.get(request)?.addressOf(request);
}

export function keepOpen(request: Request): void {
  listeners.get(request)?.keepOpen(request);
}

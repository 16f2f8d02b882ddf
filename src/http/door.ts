/** What every request passes before its path is looked at, and what every reply gets on its way out. */
import type { Hosts } from "./host.ts";
import type { Origins } from "./origin.ts";

export class Door {
  readonly #hosts: Hosts;
  readonly #origins: Origins;

  constructor(parts: { hosts: Hosts; origins: Origins }) {
    this.#hosts = parts.hosts;
    this.#origins = parts.origins;
  }

  /**
   * @returns the reply, when it is known already
   * @throws {ServerError} `invalid_header`, `host_not_allowed`, `origin_not_allowed`
   */
  enter(request: Request): Response | undefined {
    this.#hosts.check(request);
    return this.#origins.admit(request);
  }

  leave(response: Response, request: Request): Response {
    // No reply is ever what a browser might guess from its bytes: https://fetch.spec.whatwg.org/#x-content-type-options-header
    response.headers.set("x-content-type-options", "nosniff");
    this.#origins.mark(response, request);
    return response;
  }
}

/** Knows which methods a path has, for requests that come with another one. */
import type { Operation } from "./operation.ts";

type Listed = Pick<Operation<never>, "method" | "path">;

export class Methods {
  readonly #paths: readonly (readonly [pattern: RegExp, method: string])[];

  constructor(operations: readonly Listed[]) {
    this.#paths = operations
      .filter(({ path }) => !path.includes("*"))
      .map(({ path, method }) => [toPattern(path), method]);
  }

  /** @returns none where nothing answers; `HEAD` beside `GET`, and `OPTIONS` */
  of(pathname: string): readonly string[] {
    const methods = new Set<string>();
    for (const [pattern, method] of this.#paths)
      if (pattern.test(pathname)) methods.add(method);
    if (methods.has("GET")) methods.add("HEAD");
    if (methods.size > 0) methods.add("OPTIONS");
    return [...methods];
  }
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}

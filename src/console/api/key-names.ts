/** The names of the API keys, for those who may see them: whoever is no admin sees nothing of the others. */
import type { ApiKey } from "./objects.ts";
import { ask, Problem } from "./request.ts";
import { useResource } from "./resource.ts";

/** By their ids. */
export type KeyNames = ReadonlyMap<string, string>;

/** @returns undefined until they are known, and for those who may not see them */
export function useKeyNames(isNeeded: boolean): KeyNames | undefined {
  const names = useResource(
    isNeeded ? "names of keys" : "nothing",
    async (signal) => {
      if (!isNeeded) return undefined;
      try {
        const keys = await ask<ApiKey[]>("/api/keys", { signal });
        return new Map(keys.map(({ id, name }) => [id, name]));
      } catch (error) {
        if (error instanceof Problem && error.status === 403) return undefined;
        throw error;
      }
    },
  );
  return names.value;
}

/** The configured key, and whoever has an access token, is known by the id alone. */
export function nameOfKey(id: string, names: KeyNames): string {
  return names.get(id) ?? id;
}

/** The actions this key may see. */
import type { Action } from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { useResource } from "../api/resource.ts";

export function useActions() {
  return useResource("actions", (signal) =>
    ask<Action[]>("/api/actions", { signal }),
  );
}

/** Every word has to be in the address or the description. */
export function searchActions(
  actions: readonly Action[],
  text: string,
): Action[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return actions.filter(({ address, description }) => {
    const within = `${address} ${description}`.toLowerCase();
    return words.every((word) => within.includes(word));
  });
}

/** In the order the server gives them. */
export function groupByPackage(
  actions: readonly Action[],
): [name: string, actions: Action[]][] {
  return [...Map.groupBy(actions, (action) => action.package)];
}

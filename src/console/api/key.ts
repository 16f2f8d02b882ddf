/** The API key of this tab: kept as long as the tab is open, and sent with every request. */
import { signal } from "@preact/signals";

const NAME = "actiond.key";

/** Why a key is asked for now; undefined while none is. */
export const keyQuestion = signal<string | undefined>(undefined);
/** Changes whenever another key is used, so that everything is loaded again. */
export const keyGeneration = signal(0);

/** Whoever has closed the question is not asked again by what loads by itself. */
let isDismissed = false;

export function readKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}

export function rememberKey(key: string): void {
  sessionStorage.setItem(NAME, key);
  isDismissed = false;
  keyQuestion.value = undefined;
  keyGeneration.value++;
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  isDismissed = false;
  keyGeneration.value++;
}

/** A request was refused for want of a key. */
export function reportRefusal(reason: string): void {
  if (!isDismissed) keyQuestion.value = reason;
}

/** A person wants to enter one. */
export function askForKey(): void {
  isDismissed = false;
  keyQuestion.value = "";
}

export function dismissKeyQuestion(): void {
  isDismissed = true;
  keyQuestion.value = undefined;
}

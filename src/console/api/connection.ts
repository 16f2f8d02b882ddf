/** Whether the server can be reached, and when it can be again. */
import { signal } from "@preact/signals";

const RETRY_MS = 2000;

export const isLost = signal(false);
/** Counts how often the connection was mended: what is shown is loaded again then. */
export const mendCount = signal(0);

let timer: ReturnType<typeof setTimeout> | undefined;

export function reportReached(): void {
  clearTimeout(timer);
  if (!isLost.value) return;
  isLost.value = false;
  mendCount.value++;
}

export function reportLost(): void {
  if (isLost.value) return;
  isLost.value = true;
  timer = setTimeout(probe, RETRY_MS);
}

/** Asks what needs no key, until there is an answer. */
export function probe(): void {
  clearTimeout(timer);
  fetch("/health/live", { cache: "no-store" }).then(reportReached, () => {
    isLost.value = true;
    timer = setTimeout(probe, RETRY_MS);
  });
}

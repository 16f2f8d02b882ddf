/** Server-sent events as text: https://html.spec.whatwg.org/multipage/server-sent-events.html */
import type { EventObject } from "./event-object.ts";

export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  // Proxies such as nginx would gather events.
  "x-accel-buffering": "no",
};
export const HELLO = ": hello\n\n";
/** @returns a greeting after which the reader comes back with this id, even if it is told nothing */
export function helloAt(id: string): string {
  return `: hello\nid: ${id}\n\n`;
}
export const HEARTBEAT = ": still there\n\n";
export const FAREWELL =
  ": This reader is too slow. It can go on from the last event with the header last-event-id.\n\n";

/** JSON has no line breaks outside of its strings, and escapes those inside: no text can end a field. */
export function toFrame(
  id: string,
  {
    name,
    data,
  }: { name: EventObject["name"] | "missed" } & Pick<EventObject, "data">,
): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

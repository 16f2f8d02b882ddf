/** Whom a request goes to: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span */

export function describePeer({ hostname, port, protocol }: URL) {
  const usual = protocol === "https:" ? 443 : 80;
  return {
    "server.address": hostname,
    "server.port": port === "" ? usual : Number(port),
  };
}

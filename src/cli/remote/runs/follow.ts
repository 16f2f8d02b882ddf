/** Prints the log of a run while it is written. */
import type { ServerClient } from "../client.ts";

export async function followLog(
  wanted: {
    readonly id: string;
    readonly follow: boolean;
    readonly json: boolean;
  },
  {
    client,
    write,
    signal,
  }: {
    client: ServerClient;
    write: (text: string) => void;
    signal?: AbortSignal;
  },
): Promise<void> {
  const reply = await client.get(
    `/api/runs/${wanted.id}/logs${wanted.follow ? "?follow=true" : ""}`,
    {
      headers: {
        accept: wanted.json ? "application/x-ndjson" : "text/plain",
      },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const decoder = new TextDecoder();
  for await (const piece of reply.body ?? [])
    write(decoder.decode(piece, { stream: true }));
}

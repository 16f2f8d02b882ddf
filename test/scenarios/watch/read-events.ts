/** Reads server-sent events as they come. */

export interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: any;
}

/** Ends with the stream. What is no event, such as comments, is left out. */
export async function* readEvents(reply: Response): AsyncGenerator<Told> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of reply.body ?? []) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split(
      "\n\n",
    );
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      if (frame.startsWith(":")) continue;
      const members = frame.split("\n").map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      });
      const { id, event, data } = Object.fromEntries(members);
      yield { id, event, data: JSON.parse(data) };
    }
  }
}

/** @returns the events up to this one, after which the stream is left */
export async function readUntil(
  reply: Response,
  isLast: (told: Told) => boolean,
): Promise<Told[]> {
  const all: Told[] = [];
  for await (const told of readEvents(reply)) {
    all.push(told);
    if (isLast(told)) break;
  }
  return all;
}

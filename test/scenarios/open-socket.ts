/** A client of `/api/ws`, which keeps what it is told until it is asked for. */

interface Message {
  readonly event: string;
  readonly data: any;
}

export async function openSocket(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/ws`);
  const messages: Message[] = [];
  let wake = Promise.withResolvers<void>();
  socket.addEventListener("message", ({ data }) => {
    messages.push(JSON.parse(String(data)) as Message);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.addEventListener("close", resolve);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return {
    closed,
    emit(event: string, data?: unknown) {
      socket.send(JSON.stringify({ event, data }));
    },
    /** Resolves with the next message. */
    async next(): Promise<Message> {
      while (messages.length === 0) await wake.promise;
      return messages.shift() as Message;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}

/** WebSocket connections (RFC 6455), for whoever answers the request that opens one. */
import type { ServerWebSocket, WebSocketHandler } from "bun";

/** What is sent in one message, and may wait for a reader that is slow. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_WAITING_BYTES = 8 * 1024 ** 2;
/** The largest that Bun takes. A connection that answers its pings stays open. */
const IDLE_SECONDS = 240;

/** Hears what becomes of a connection. */
export interface SocketListener {
  open(socket: Socket): void;
  message(text: string): void;
  closed(): void;
}

class Socket {
  readonly #socket: ServerWebSocket<SocketData>;
  #drained = Promise.withResolvers<void>();

  constructor(socket: ServerWebSocket<SocketData>) {
    this.#socket = socket;
  }

  /** @returns resolves when there is room for more, or when nobody reads it any more */
  async send(text: string): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // -1: it waits behind others.
    if (this.#socket.send(text) === -1) await this.#drained.promise;
  }

  /** @param code RFC 6455 section 7.4.1 */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  drain(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }
}

export interface SocketData {
  readonly listener: SocketListener;
  socket?: Socket;
}

export const SOCKETS: WebSocketHandler<SocketData> = {
  maxPayloadLength: MAX_MESSAGE_BYTES,
  backpressureLimit: MAX_WAITING_BYTES,
  closeOnBackpressureLimit: true,
  idleTimeout: IDLE_SECONDS,
  sendPings: true,
  open(connection) {
    const socket = new Socket(connection);
    connection.data.socket = socket;
    connection.data.listener.open(socket);
  },
  message(connection, message) {
    if (typeof message === "string") connection.data.listener.message(message);
    else connection.close(1003, "Messages are texts.");
  },
  drain({ data }) {
    data.socket?.drain();
  },
  close({ data }) {
    data.socket?.drain();
    data.listener.closed();
  },
};

/** Look-ups: answered by a few connections of their own, so that a long list holds nobody up. */
import { ServerError } from "../../../errors.ts";
import { unavailable } from "../../unavailable.ts";
import {
  type Client,
  DatabaseError,
  type Parameter,
  type Row,
} from "./client.ts";

export class Reader implements AsyncDisposable {
  readonly #client: Client;
  #isClosed = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws {ServerError} `store_unavailable` when the database cannot be read */
  async ask(
    text: string,
    parameters: readonly Parameter[] = [],
  ): Promise<Row[]> {
    if (this.#isClosed) throw shuttingDown();
    try {
      return await this.#client.query(text, parameters);
    } catch (error) {
      if (this.#isClosed) throw shuttingDown();
      if (error instanceof DatabaseError && !error.isMistake)
        throw unavailable(error.message, "read");
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#client[Symbol.asyncDispose]();
  }
}

function shuttingDown(): ServerError {
  return new ServerError("shutting_down", "The run store is closed.");
}

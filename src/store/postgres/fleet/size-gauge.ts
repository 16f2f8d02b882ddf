/** How much room the tables take, as it was a moment ago. */
import type { StoreSizes } from "../../storage.ts";
import type { Reader } from "../connect/reader.ts";

const OLD_MS = 10_000;

const SIZE = `
select sum(pg_total_relation_size(oid)) from pg_class
where relnamespace = to_regnamespace('"actiond"')::oid and relkind = 'r'`;

export class SizeGauge {
  readonly #reader: Pick<Reader, "ask">;
  #bytes = 0;
  #lookedAt = -Infinity;

  constructor(reader: Pick<Reader, "ask">) {
    this.#reader = reader;
    this.look();
  }

  /** Whoever asks hears what was known, and has it looked at again for the next time. */
  look(): StoreSizes {
    if (performance.now() - this.#lookedAt > OLD_MS) void this.#measure();
    // Where the database keeps its log, and how much of it, is its own business.
    return { databaseBytes: this.#bytes, logBytes: 0, logPages: 0 };
  }

  async #measure(): Promise<void> {
    this.#lookedAt = performance.now();
    try {
      const [row] = await this.#reader.ask(SIZE);
      this.#bytes = Number(row?.[0] ?? 0);
    } catch {
      // Other parts say what is wrong with the database.
    }
  }
}

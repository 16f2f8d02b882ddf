/** Sums up refusals that repeat: the first few of a second have a line each in the audit log, the others one together. */
import type { Audit, AuditEntry } from "../../audit/entry.ts";

const MAX_LINES = 20;
const WINDOW_MS = 1000;

interface Sum {
  count: number;
  readonly entry: AuditEntry;
}

export class RepeatedRefusals implements Disposable {
  readonly #audit: Audit;
  /** By who was refused and why. */
  readonly #sums = new Map<string, Sum>();
  #timer: NodeJS.Timeout | undefined;

  constructor(audit: Audit) {
    this.#audit = audit;
  }

  record(entry: AuditEntry): void {
    const { key_id, address, event, code } = entry;
    const name = `${key_id ?? ""}\n${key_id === undefined ? address : ""}\n${event}\n${code}`;
    const sum = this.#sums.get(name) ?? { count: 0, entry };
    sum.count += 1;
    this.#sums.set(name, sum);
    if (sum.count <= MAX_LINES) this.#audit.record(entry);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, WINDOW_MS).unref();
  }

  /** Writes what has been summed up and not been written. */
  [Symbol.dispose](): void {
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { count, entry } of this.#sums.values()) {
      if (count <= MAX_LINES) continue;
      const { event, outcome, key_id, key, address, status, code } = entry;
      const more = count - MAX_LINES;
      const who = { key_id, key, address };
      this.#audit.record({ event, outcome, ...who, status, code, more });
    }
    this.#sums.clear();
  }
}

/** Reads what `bun test` writes, line by line, while it runs. */

export interface TimedTest {
  readonly file: string;
  /** With the descriptions it stands in. */
  readonly title: string;
  readonly ms: number;
}

const HEADING = /^(\S+\.test\.ts):$/;
const VERDICT = /^\((pass|fail|skip|todo)\) (.*?)(?: \[([\d.]+)ms\])?$/;
/** After all tests: the failed tests once more, and how many there were. */
const SUMMARY = /^(?:\d+ tests? failed:| *\d+ (?:pass|fail))$/;

export class TestReport {
  /** Of the test that was last reported. */
  file = "";
  passCount = 0;
  failCount = 0;
  readonly files = new Set<string>();
  readonly tests: TimedTest[] = [];
  /** What was written after all tests. */
  readonly summary: string[] = [];
  #sinceVerdict: string[] = [];

  /** @returns what is worth showing at once: a test that failed, after what was written about it */
  read(line: string): string | undefined {
    if (this.summary.length > 0 || SUMMARY.test(line)) {
      this.summary.push(line);
      return undefined;
    }
    const [, heading] = HEADING.exec(line) ?? [];
    if (heading !== undefined) {
      this.file = heading;
      this.files.add(heading);
      return undefined;
    }
    this.#sinceVerdict.push(line);
    const [, verdict, title = "", ms = "0"] = VERDICT.exec(line) ?? [];
    if (verdict === undefined) return undefined;
    const written = this.#sinceVerdict.splice(0).join("\n").trim();
    this.tests.push({ file: this.file, title, ms: Number(ms) });
    if (verdict === "pass") this.passCount += 1;
    if (verdict !== "fail") return undefined;
    this.failCount += 1;
    return `${this.file}:\n${written}`;
  }

  /** What was written about no test, such as an error between two of them. */
  get rest(): string {
    return this.#sinceVerdict.join("\n").trim();
  }

  slowest(count: number): TimedTest[] {
    return this.tests.toSorted((a, b) => b.ms - a.ms).slice(0, count);
  }
}

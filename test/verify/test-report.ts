/** Reads what `bun test` writes, line by line, while it runs. */

export interface TimedTest {
  readonly file: string;
  /** With the descriptions it stands in. */
  readonly title: string;
  readonly ms: number;
}

export interface Failure {
  readonly file: string;
  /** The test, or what else went wrong. */
  readonly title: string;
}

const HEADING = /^(\S+\.test\.ts):$/;
const VERDICT = /^\((pass|fail|skip|todo)\) (.*?)(?: \[([\d.]+)ms\])?$/;
/** A process that ended with its file. */
const CRASH = /^✗ (\S+\.test\.ts) \((.+)\)$/;
/** An error of no test stands between two lines, such as one that is thrown while a file is imported. */
const STRAY = "# Unhandled error between tests";
const LINE = /^-{10,}$/;
/** After all tests: the failed tests once more, and how many there were. */
const SUMMARY = /^(?:\d+ tests? failed:| *\d+ (?:pass|fail))$/;

export class TestReport {
  /** Of the test that was last reported. */
  file = "";
  passCount = 0;
  readonly failures: Failure[] = [];
  readonly files = new Set<string>();
  readonly tests: TimedTest[] = [];
  /** What was written after all tests. */
  readonly summary: string[] = [];
  #sinceVerdict: string[] = [];
  /** How many of the two lines around an error of no test are still to come. */
  #strayLines = 0;

  /** @returns what is worth showing at once: what failed, after what was written about it */
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
    if (line === STRAY) this.#strayLines = 2;
    else if (LINE.test(line) && this.#strayLines > 0) {
      this.#strayLines -= 1;
      if (this.#strayLines === 0)
        return this.#fail(this.file, "an error outside of any test");
    }
    const [, crashed, how] = CRASH.exec(line) ?? [];
    if (crashed !== undefined) return this.#crash(crashed, how);
    const [, verdict, title = "", ms = "0"] = VERDICT.exec(line) ?? [];
    if (verdict === undefined) return undefined;
    this.tests.push({ file: this.file, title, ms: Number(ms) });
    if (verdict === "fail") return this.#fail(this.file, title);
    this.#sinceVerdict = [];
    if (verdict === "pass") this.passCount += 1;
    return undefined;
  }

  /** What was written about no test. */
  get rest(): string {
    return this.#sinceVerdict.join("\n").trim();
  }

  slowest(count: number): TimedTest[] {
    return this.tests.toSorted((a, b) => b.ms - a.ms).slice(0, count);
  }

  /** The tests that a file reports come after its end, so that the one that was running is not known. */
  #crash(file: string, how = ""): string {
    const last = this.tests.findLast((each) => each.file === file);
    const since =
      last === undefined ? "before its first test" : `after "${last.title}"`;
    this.files.add(file);
    return this.#fail(file, `its process ended ${since}: ${how}`);
  }

  #fail(file: string, title: string): string {
    this.failures.push({ file, title });
    const written = this.#sinceVerdict.splice(0).join("\n").trim();
    return `${file}:\n${written}`;
  }
}

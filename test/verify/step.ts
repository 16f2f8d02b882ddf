/** One command of Bun that must pass, and what it says while it runs. */

export interface Step {
  readonly name: string;
  /** Arguments of `bun`. */
  readonly command: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly isPassed: boolean;
  /** All that it wrote. */
  readonly output: string;
  /** How it ended, as the end of a sentence. */
  readonly verdict: string;
}

/** @param onLine called with each line that it writes, without colours */
export async function runStep(
  { name, command, environment }: Step,
  onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, ...command], {
    env: { ...toEnvironment(), ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [exitCode, ...texts] = await Promise.all([
    child.exited,
    readLines(child.stdout, onLine),
    readLines(child.stderr, onLine),
  ]);
  const isPassed = exitCode === 0;
  const verdict = isPassed
    ? "passed"
    : `FAILED with ${child.signalCode ?? `exit code ${exitCode}`}`;
  say(name, startedAt, verdict);
  return { isPassed, output: texts.join("\n"), verdict };
}

export function say(name: string, startedAt: number, what: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name.padEnd(8)} ${seconds.padStart(6)} s  ${what}`);
}

/** With these `bun test` leaves out the tests that pass: https://bun.com/docs/test#ai-agent-integration */
const LESS = new Set(["CLAUDECODE", "REPL_ID", "AGENT"]);

function toEnvironment() {
  const all = Object.entries(process.env);
  return Object.fromEntries(all.filter(([name]) => !LESS.has(name)));
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let output = "";
  let start = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    output += text;
    const lines = (start + text).split("\n");
    start = lines.pop() ?? "";
    for (const line of lines) onLine(Bun.stripANSI(line));
  }
  if (start !== "") onLine(Bun.stripANSI(start));
  return Bun.stripANSI(output);
}
